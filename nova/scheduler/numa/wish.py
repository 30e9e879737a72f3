"""The memory nodes of a guest, as flavor and image ask for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nova.errors import Invalid
from nova.scheduler import cpu_sets

NOWHERE: Mapping[str, Any] = MappingProxyType({})
SMALL, LARGE, ANY = "small", "large", "any"
_SIZE = re.compile(r"^(\d+)\s*([kmgt]?)i?(b|bit)?$", re.IGNORECASE)
_KIB = {"": 1, "k": 1, "m": 1024, "g": 1024**2, "t": 1024**3}


class BadPageSize(Invalid):
    template = "Invalid memory page size '{size}'"


@dataclass(frozen=True, slots=True)
class GuestCell:
    """`shared` processors float, `pinned` ones do not.  `memory_mb` MiB."""

    shared: int
    pinned: int
    memory_mb: int


@dataclass(frozen=True, slots=True)
class GuestTopology:
    """`pages`: None, 'small', 'large', 'any' or a size in KiB.  `threads`: None, 'prefer',
    'isolate' or 'require'.  `emulator`: one more pinned processor, at the first cell.
    `networks` and `tunneled`: networks that a cell should be near to."""

    cells: tuple[GuestCell, ...]
    pages: str | int | None = None
    threads: str | None = None
    emulator: bool = False
    networks: frozenset[str] = frozenset()
    tunneled: bool = False


def wished(
    specs: Mapping[str, str], image: Mapping[str, Any], vcpus: int, memory_mb: int,
    networks: Mapping[str, Any] = NOWHERE,
) -> GuestTopology | None:
    """None for a guest that does not care.  `networks` as RequestSpec has them.  Raises
    BadPageSize and BadCpuSet."""
    policy = _either(specs, image, "hw:cpu_policy", "hw_cpu_policy")
    pages = _pages(specs, image)
    nodes = _either(specs, image, "hw:numa_nodes", "hw_numa_nodes")
    if not (nodes or pages is not None or policy in ("dedicated", "mixed") or "hw:pmem" in specs):
        return None
    pinned = _pinned(specs, image, policy, vcpus)
    return GuestTopology(
        cells=_cells(specs, image, int(nodes or 1), vcpus, memory_mb, pinned),
        pages=pages,
        threads=_either(specs, image, "hw:cpu_thread_policy", "hw_cpu_thread_policy"),
        emulator=bool(pinned) and specs.get("hw:emulator_threads_policy") == "isolate",
        networks=frozenset(networks.get("physnets") or ()),
        tunneled=bool(networks.get("tunneled")),
    )


def _pinned(
    specs: Mapping[str, str], image: Mapping[str, Any], policy: str | None, vcpus: int
) -> frozenset[int]:
    if policy == "dedicated":
        return frozenset(range(vcpus))
    return pinned_of_mixed(specs, image, vcpus) if policy == "mixed" else frozenset()


def pinned_of_mixed(
    specs: Mapping[str, str], image: Mapping[str, Any], vcpus: int
) -> frozenset[int]:
    """The pinned processors of a mixed guest: those of its mask, or else the realtime ones."""
    mask = specs.get("hw:cpu_dedicated_mask")
    if mask is None:
        mask = image.get("hw_cpu_realtime_mask") or specs.get("hw:cpu_realtime_mask")
    return frozenset() if mask is None else cpu_sets.masked(str(mask), vcpus)


def _cells(
    specs: Mapping[str, str],
    image: Mapping[str, Any],
    nodes: int,
    vcpus: int,
    memory_mb: int,
    pinned: frozenset[int],
) -> tuple[GuestCell, ...]:
    """As written for each node, or else even shares."""
    made = []
    for node in range(nodes):
        cpus = _cpus(_either(specs, image, f"hw:numa_cpus.{node}", f"hw_numa_cpus.{node}"),
                     node, nodes, vcpus)
        memory = _either(specs, image, f"hw:numa_mem.{node}", f"hw_numa_mem.{node}")
        made.append(GuestCell(len(cpus - pinned), len(cpus & pinned),
                              int(memory or memory_mb // nodes)))
    return tuple(made)


def _cpus(written: str | None, node: int, nodes: int, vcpus: int) -> frozenset[int]:
    if written is not None:
        return cpu_sets.parse(written)
    share = vcpus // nodes
    return frozenset(range(node * share, vcpus if node == nodes - 1 else (node + 1) * share))


def _pages(specs: Mapping[str, str], image: Mapping[str, Any]) -> str | int | None:
    """An image may choose only where the flavor leaves room to."""
    flavor, asked = specs.get("hw:mem_page_size"), image.get("hw_mem_page_size")
    chosen = asked if asked is not None and flavor in (LARGE, ANY) else flavor
    if chosen is None or str(chosen) in (SMALL, LARGE, ANY):
        return None if chosen is None else str(chosen)
    match = _SIZE.match(str(chosen).strip())
    if match is None:
        raise BadPageSize(size=chosen)
    return int(match.group(1)) * _KIB[match.group(2).lower()]


def _either(
    specs: Mapping[str, str], image: Mapping[str, Any], spec: str, image_property: str
) -> str | None:
    value = specs.get(spec, image.get(image_property))
    return None if value is None else str(value)
