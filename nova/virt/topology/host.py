"""The memory nodes of a host, and what its guests have of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nova.virt.contract.numa import GuestCell, GuestNuma


@dataclass(frozen=True)
class PageUse:
    """Memory pages of one size; `reserved` are not for guests."""

    size_kb: int
    total: int
    used: int = 0
    reserved: int = 0

    @property
    def free(self) -> int:
        return max(self.total - self.used - self.reserved, 0)


@dataclass(frozen=True)
class CellUse:
    """`shared` and `dedicated` are the processors for each kind of guest's, `taken` the
    dedicated ones that are somebody's.  Memory in MiB.  `physnets` and `tunneled` say
    which networks are reached from here."""

    id: int
    shared: frozenset[int] = frozenset()
    dedicated: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    cpu_usage: int = 0
    memory_mb: int = 0
    memory_usage: int = 0
    pages: tuple[PageUse, ...] = ()
    cores: tuple[frozenset[int], ...] = ()
    socket: int | None = None
    physnets: frozenset[str] = frozenset()
    tunneled: bool = False

    @property
    def free(self) -> frozenset[int]:
        return self.dedicated - self.taken

    @property
    def hyperthreads(self) -> bool:
        return any(len(core) > 1 for core in self.cores)


def used_by(cells: Iterable[CellUse], guests: Iterable[GuestNuma]) -> tuple[CellUse, ...]:
    """The cells with what placed guests have of them."""
    found = {cell.id: cell for cell in cells}
    for guest in guests:
        for part in guest.cells:
            if part.host_cell in found:
                found[part.host_cell] = _less(found[part.host_cell], part, guest.threads)
    return tuple(found.values())


def occupied(
    cell: CellUse, cpus: Iterable[int], threads: str | None
) -> frozenset[int]:
    """The processors, with the other threads of their cores if those are to stay empty."""
    taken = frozenset(cpus)
    if threads != "isolate":
        return taken
    return taken.union(*(core for core in cell.cores if core & taken))


def _less(cell: CellUse, part: GuestCell, threads: str | None) -> CellUse:
    pins = {*part.pins.values(), *part.reserved}
    return replace(
        cell,
        taken=cell.taken | occupied(cell, pins, threads),
        cpu_usage=cell.cpu_usage + len(part.cpus),
        memory_usage=cell.memory_usage + part.memory_mb,
        pages=_pages(cell.pages, part),
    )


def _pages(pages: Sequence[PageUse], part: GuestCell) -> tuple[PageUse, ...]:
    if part.page_kb is None:
        return tuple(pages)
    return tuple(
        replace(page, used=page.used + part.memory_mb * 1024 // page.size_kb)
        if page.size_kb == part.page_kb
        else page
        for page in pages
    )
