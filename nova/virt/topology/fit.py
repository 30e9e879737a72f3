"""Where the cells of a guest go on the cells of a host, and on which processors."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nova.virt.contract.numa import ANY, LARGE, SMALL, GuestCell, GuestNuma
from nova.virt.topology.host import CellUse, PageUse


@dataclass(frozen=True)
class Terms:
    """How often shared processors and memory may be given away; `packing` fills used
    cells first, otherwise the emptiest is taken."""

    cpu_ratio: float = 1.0
    memory_ratio: float = 1.0
    packing: bool = False


def place(
    guest: GuestNuma,
    host: Sequence[CellUse],
    terms: Terms,
    among: Iterable[int] = (),
) -> GuestNuma | None:
    """The guest with a host cell for each of its own; None when there is no way.

    `among` are host cells that must be used, for the sake of devices there.
    """
    if guest.threads == "require" and not any(cell.hyperthreads for cell in host):
        return None
    order = sorted(host, key=lambda cell: _room(cell, terms.packing))
    choice = _matched(guest, order, terms, frozenset(among))
    if choice is None:
        return None
    by_id = {cell.id: cell for cell in host}
    cells = tuple(
        _settled(guest, number, by_id[choice[number]]) for number in range(len(guest.cells))
    )
    return replace(guest, cells=cells)


def _room(cell: CellUse, packing: bool) -> tuple[int, int, int]:
    """Sorts the cell to try first to the front; equals by their number."""
    free = len(cell.free) - cell.cpu_usage, cell.memory_mb - cell.memory_usage
    sign = 1 if packing else -1
    return sign * free[0], sign * free[1], cell.id


def _matched(
    guest: GuestNuma, host: Sequence[CellUse], terms: Terms, among: frozenset[int]
) -> dict[int, int] | None:
    """{number of the guest's cell: id of the host's}: a matching of both sides, grown by
    augmenting paths, which never leave a cell that is matched already."""
    numbers = range(len(guest.cells))
    fits = {
        number: [cell.id for cell in host if _fits(guest, number, cell, terms)]
        for number in numbers
    }
    taken: dict[int, int] = {}
    for cell in sorted(among):
        if not _claim_host(cell, fits, taken, set()):
            return None
    for number in numbers:
        if number not in taken.values() and not _claim_guest(number, fits, taken, set()):
            return None
    return {number: cell for cell, number in taken.items()}


def _claim_guest(
    number: int, fits: dict[int, list[int]], taken: dict[int, int], seen: set[int]
) -> bool:
    for cell in fits[number]:
        if cell in seen:
            continue
        seen.add(cell)
        if cell not in taken or _claim_guest(taken[cell], fits, taken, seen):
            taken[cell] = number
            return True
    return False


def _claim_host(
    cell: int, fits: dict[int, list[int]], taken: dict[int, int], seen: set[int]
) -> bool:
    """A cell of the host that must be used gets some cell of the guest."""
    for number in (n for n, cells in fits.items() if cell in cells and n not in seen):
        seen.add(number)
        holder = next((c for c, n in taken.items() if n == number), None)
        if holder is None or _claim_host(holder, fits, taken, seen):
            taken[cell] = number
            return True
    return False


def _fits(guest: GuestNuma, number: int, cell: CellUse, terms: Terms) -> bool:
    part = guest.cells[number]
    wanted = len(part.pinned) + _reserve(guest, number)
    return (
        _shared_fits(part, cell, terms)
        and len(usable(cell, guest.threads)) >= wanted
        and _memory_fits(part, cell, terms)
    )


def _reserve(guest: GuestNuma, number: int) -> int:
    """The emulator's own processor comes from the first cell."""
    return 1 if guest.emulator == "isolate" and number == 0 and guest.policy != "shared" else 0


def _shared_fits(part: GuestCell, cell: CellUse, terms: Terms) -> bool:
    if not part.cpus:
        return True
    room = len(cell.shared) * terms.cpu_ratio - cell.cpu_usage
    return len(part.cpus) <= min(len(cell.shared), room)


def _memory_fits(part: GuestCell, cell: CellUse, terms: Terms) -> bool:
    if part.page_kb is not None:
        return page_for(part, cell) is not None
    room = cell.memory_mb * terms.memory_ratio - cell.memory_usage
    return part.memory_mb <= min(cell.memory_mb, room)


def page_for(part: GuestCell, cell: CellUse) -> PageUse | None:
    """The largest of the allowed pages that holds the memory."""
    needed = part.memory_mb * 1024
    for page in sorted(_allowed(part.page_kb, cell.pages), key=lambda page: -page.size_kb):
        if needed % page.size_kb == 0 and page.free * page.size_kb >= needed:
            return page
    return None


def _allowed(asked: int | None, pages: Sequence[PageUse]) -> list[PageUse]:
    smallest = min((page.size_kb for page in pages), default=0)
    if asked == ANY:
        return list(pages)
    if asked == LARGE:
        return [page for page in pages if page.size_kb > smallest]
    size = smallest if asked == SMALL else asked
    return [page for page in pages if page.size_kb == size]


def usable(cell: CellUse, threads: str | None) -> list[int]:
    """The free processors that a thread policy lets a guest use, best first.

    'isolate' leaves the other threads of a core unused, 'require' takes whole cores;
    otherwise whole cores are taken first.
    """
    if threads == "isolate":
        return sorted(min(core) for core in _cores(cell) if core <= cell.free)
    if threads == "require":
        return [c for core in _cores(cell) if len(core) > 1 and core <= cell.free
                for c in sorted(core)]
    by_room = sorted(_cores(cell), key=lambda core: (-len(core & cell.free), min(core)))
    return [cpu for core in by_room for cpu in sorted(core & cell.free)]


def _cores(cell: CellUse) -> Iterator[frozenset[int]]:
    """Cores of dedicated processors; one that nobody told the core of is its own."""
    known: set[int] = set()
    for core in sorted(cell.cores, key=lambda core: min(core, default=0)):
        known |= core
        if core & cell.dedicated:
            yield core & cell.dedicated if core - cell.dedicated else core
    for cpu in sorted(cell.dedicated - known):
        yield frozenset({cpu})


def _settled(guest: GuestNuma, number: int, cell: CellUse) -> GuestCell:
    part = guest.cells[number]
    free = usable(cell, guest.threads)
    pinned = sorted(part.pinned)
    page = page_for(part, cell) if part.page_kb is not None else None
    pins = dict(zip(pinned, free, strict=False))
    return replace(
        part,
        host_cell=cell.id,
        pins=pins,
        core_threads=core_threads(pins, cell.cores),
        reserved=frozenset(free[len(pinned):len(pinned) + _reserve(guest, number)]),
        page_kb=None if page is None else page.size_kb,
    )


def core_threads(pins: Mapping[int, int], cores: Iterable[frozenset[int]]) -> int:
    """The most processors of a guest that, in turn, are threads of one core each."""
    core_of = {cpu: number for number, core in enumerate(cores) for cpu in core}
    for threads in range(len(pins), 1, -1):
        groups: dict[int, list[int | None]] = {}
        for guest, host in pins.items():
            groups.setdefault(guest // threads, []).append(core_of.get(host))
        if all(len(group) == threads and len({*group}) == 1 and None not in group
               for group in groups.values()):  # fmt: skip
            return threads
    return 1
