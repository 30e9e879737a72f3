"""The memory nodes of a host, as its row tells them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Pages:
    size_kb: int
    free: int


@dataclass(frozen=True, slots=True)
class HostCell:
    """`shared` and `dedicated` are the processors for each kind, `pinned` those in use.
    `cores` are the threads of each core.  Memory in MiB.  `physnets` and `tunneled` say
    which networks are near."""

    id: int
    shared: frozenset[int] = frozenset()
    dedicated: frozenset[int] = frozenset()
    pinned: frozenset[int] = frozenset()
    cpu_usage: int = 0
    memory_mb: int = 0
    memory_usage: int = 0
    pages: tuple[Pages, ...] = ()
    cores: tuple[frozenset[int], ...] = ()
    socket: int | None = None
    physnets: frozenset[str] = frozenset()
    tunneled: bool = False

    @property
    def hyperthreads(self) -> bool:
        return any(len(core) > 1 for core in self.cores)

    @property
    def free_dedicated(self) -> frozenset[int]:
        return self.dedicated - self.pinned


def read_cells(topology: Any) -> tuple[HostCell, ...]:
    """From {'cells': [...]} with versioned objects already unwrapped; anything else is none."""
    found = topology.get("cells") if isinstance(topology, Mapping) else None
    return tuple(_cell(one) for one in found or ())


def _cell(one: Mapping[str, Any]) -> HostCell:
    return HostCell(
        id=int(one["id"]),
        shared=_numbers(one.get("cpuset")),
        dedicated=_numbers(one.get("pcpuset")),
        pinned=_numbers(one.get("pinned_cpus")),
        cpu_usage=int(one.get("cpu_usage") or 0),
        memory_mb=int(one.get("memory") or 0),
        memory_usage=int(one.get("memory_usage") or 0),
        pages=tuple(_pages(page) for page in one.get("mempages") or ()),
        cores=tuple(_numbers(core) for core in one.get("siblings") or ()),
        socket=one.get("socket"),
        physnets=frozenset(_networks(one).get("physnets") or ()),
        tunneled=bool(_networks(one).get("tunneled")),
    )


def _networks(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return one.get("network_metadata") or {}


def _pages(one: Mapping[str, Any]) -> Pages:
    used = int(one.get("used") or 0) + int(one.get("reserved") or 0)
    return Pages(int(one["size_kb"]), max(int(one["total"]) - used, 0))


def _numbers(values: Iterable[Any] | None) -> frozenset[int]:
    return frozenset(int(value) for value in values or ())
