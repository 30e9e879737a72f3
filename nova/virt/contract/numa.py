"""Memory nodes (cells): of a host, and of a guest that wants to know of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Sizes of memory pages that are not yet decided, in the place of KiB.
SMALL, LARGE, ANY = -1, -2, -3


@dataclass(frozen=True)
class HostPages:
    """Memory pages of `size_kb` KiB: how many there are, and how many are nobody's."""

    size_kb: int
    total: int


@dataclass(frozen=True)
class HostCell:
    """`cpus` that are online, `cores` the threads of each core, memory in MiB.
    `socket` None: not known."""

    id: int
    cpus: frozenset[int]
    memory_mb: int
    pages: tuple[HostPages, ...] = ()
    cores: tuple[frozenset[int], ...] = ()
    socket: int | None = None


@dataclass(frozen=True)
class GuestCell:
    """`cpus` of the guest float over the host's shared ones, `pinned` ones have a
    processor each.  `page_kb` is a size, SMALL, LARGE or ANY; None: as the host does.

    Once placed: `host_cell`, `pins` {processor of the guest: of the host}, `reserved`,
    processors of the host kept for the emulator, and `core_threads`: so many processors
    of the guest, one after another, are threads of one core of the host.
    """

    cpus: frozenset[int]
    pinned: frozenset[int]
    memory_mb: int
    page_kb: int | None = None
    host_cell: int | None = None
    pins: Mapping[int, int] = field(default_factory=dict)
    reserved: frozenset[int] = frozenset()
    core_threads: int = 1

    @property
    def all_cpus(self) -> frozenset[int]:
        return self.cpus | self.pinned


@dataclass(frozen=True)
class GuestNuma:
    """The cells of a guest, in its own order.

    `policy` is shared, dedicated or mixed; `threads` prefer, isolate or require;
    `emulator` share or isolate; each None when nobody says anything.  `networks` are the
    physical ones, and `tunneled` whether there are others, that its memory should be near to.
    """

    cells: tuple[GuestCell, ...]
    policy: str | None = None
    threads: str | None = None
    emulator: str | None = None
    networks: frozenset[str] = frozenset()
    tunneled: bool = False

    @property
    def placed(self) -> bool:
        return all(cell.host_cell is not None for cell in self.cells)

    @property
    def pins(self) -> dict[int, int]:
        return {guest: host for cell in self.cells for guest, host in cell.pins.items()}

    @property
    def core_threads(self) -> int:
        return min(cell.core_threads for cell in self.cells)

    @property
    def reserved(self) -> frozenset[int]:
        return frozenset().union(*(cell.reserved for cell in self.cells))
