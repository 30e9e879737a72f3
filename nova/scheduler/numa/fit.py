"""Where the cells of a guest fit on the cells of a host."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nova.scheduler.numa.cells import HostCell, Pages
from nova.scheduler.numa.matching import matched
from nova.scheduler.numa.wish import ANY, LARGE, SMALL, GuestCell, GuestTopology
from nova.virt.topology.nearness import choices, wanted_cells


@dataclass(frozen=True, slots=True)
class Ratios:
    """How often a host's shared processors and memory may be given away."""

    cpu: float = 1.0
    memory: float = 1.0


def fit(
    guest: GuestTopology,
    host: Sequence[HostCell],
    ratios: Ratios,
    must: Iterable[int] = (),
) -> tuple[HostCell, ...] | None:
    """A different host cell for each guest cell, the first in order; None when there is no way.

    `must` are ids of host cells that have to be among them; so has to be one near each
    network of the guest, if one is.
    """
    suits = [
        [place for place, cell in enumerate(host) if fits(guest, number, cell, ratios)]
        for number in range(len(guest.cells))
    ]
    places = {cell.id: place for place, cell in enumerate(host)}
    wanted = frozenset(must)
    if not wanted <= places.keys():
        return None
    near = wanted_cells(guest.networks, guest.tunneled, host)
    for used in choices(near, len(guest.cells), wanted):
        found = matched(suits, [places[one] for one in used])
        if found is not None:
            return tuple(host[place] for place in found)
    return None


def fits(guest: GuestTopology, number: int, cell: HostCell, ratios: Ratios) -> bool:
    wish = guest.cells[number]
    pinned = _pinned_at(guest, number)
    return (
        _shared_fit(wish, cell, ratios)
        and len(usable(cell, guest.threads)) >= pinned
        and _memory_fits(guest, wish, cell, ratios)
    )


def _pinned_at(guest: GuestTopology, number: int) -> int:
    return guest.cells[number].pinned + (1 if guest.emulator and number == 0 else 0)


def _shared_fit(wish: GuestCell, cell: HostCell, ratios: Ratios) -> bool:
    """A guest cell has no more processors than the host cell, whatever the ratio."""
    if not wish.shared:
        return True
    room = len(cell.shared) * ratios.cpu - cell.cpu_usage
    return wish.shared <= len(cell.shared) and wish.shared <= room


def usable(cell: HostCell, threads: str | None) -> list[int]:
    """The free dedicated processors that a thread policy lets a guest use, in order.

    'isolate' leaves the other threads of a core unused; 'require' takes whole
    cores, of a host that has several threads a core.
    """
    free = cell.free_dedicated
    if threads == "require":
        whole = (core for core in cell.cores if len(core) > 1 and core <= free)
        return sorted(cpu for core in whole for cpu in core)
    if threads == "isolate" and cell.hyperthreads:
        return sorted(min(core) for core in cell.cores if core and core <= free)
    return sorted(free)


def _memory_fits(
    guest: GuestTopology, wish: GuestCell, cell: HostCell, ratios: Ratios
) -> bool:
    if guest.pages is not None:
        return page_for(guest.pages, wish.memory_mb, cell) is not None
    room = cell.memory_mb * ratios.memory - cell.memory_usage
    return wish.memory_mb <= cell.memory_mb and wish.memory_mb <= room


def page_for(asked: str | int, memory_mb: int, cell: HostCell) -> Pages | None:
    """The largest of the allowed pages that holds the memory."""
    needed = memory_mb * 1024
    for page in sorted(_allowed(asked, cell.pages), key=lambda page: -page.size_kb):
        if needed % page.size_kb == 0 and page.free * page.size_kb >= needed:
            return page
    return None


def _allowed(asked: str | int, pages: Sequence[Pages]) -> list[Pages]:
    smallest = min((page.size_kb for page in pages), default=0)
    if asked == ANY:
        return list(pages)
    if asked == LARGE:
        return [page for page in pages if page.size_kb > smallest]
    size = smallest if asked == SMALL else asked
    return [page for page in pages if page.size_kb == size]


def taken(
    guest: GuestTopology, host: Sequence[HostCell], ratios: Ratios,
    on: Sequence[HostCell] | None = None,
) -> tuple[HostCell, ...]:
    """The host's cells once the guest is there (`on` these, if that is known); as they were
    when it does not fit."""
    chosen = on or fit(guest, host, ratios)
    if chosen is None:
        return tuple(host)
    numbers = {cell.id: number for number, cell in enumerate(chosen)}
    return tuple(
        _with(guest, numbers[cell.id], cell) if cell.id in numbers else cell for cell in host
    )


def _with(guest: GuestTopology, number: int, cell: HostCell) -> HostCell:
    wish, pinned = guest.cells[number], _pinned_at(guest, number)
    page = None if guest.pages is None else page_for(guest.pages, wish.memory_mb, cell)
    return replace(
        cell,
        cpu_usage=cell.cpu_usage + wish.shared,
        pinned=cell.pinned | _occupied(cell, guest.threads, pinned),
        memory_usage=cell.memory_usage + wish.memory_mb,
        pages=tuple(_less(one, wish.memory_mb) if one is page else one for one in cell.pages),
    )


def _occupied(cell: HostCell, threads: str | None, count: int) -> frozenset[int]:
    """The processors used, with the threads that isolation keeps empty."""
    used = frozenset(usable(cell, threads)[:count])
    if threads != "isolate":
        return used
    return used.union(*(core for core in cell.cores if core & used))


def _less(page: Pages, memory_mb: int) -> Pages:
    return replace(page, free=page.free - memory_mb * 1024 // page.size_kb)
