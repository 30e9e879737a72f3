"""Memory near networks: which cells of a host a guest must use for the sake of its networks."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol


class Networked(Protocol):
    """A cell of a host, and the networks that are reached from it."""

    @property
    def id(self) -> int: ...

    @property
    def physnets(self) -> frozenset[str]: ...

    @property
    def tunneled(self) -> bool: ...


def wanted_cells(
    networks: Iterable[str], tunneled: bool, host: Iterable[Networked]
) -> list[frozenset[int]]:
    """For each network the cells it is near to, of which the guest needs one.  A network that
    is near to none is as far from all of them."""
    listed = list(host)
    near = [frozenset(cell.id for cell in listed if name in cell.physnets)
            for name in sorted(networks)]
    if tunneled:
        near.append(frozenset(cell.id for cell in listed if cell.tunneled))
    return [cells for cells in near if cells]


def choices(
    wanted: Sequence[frozenset[int]], most: int, used: frozenset[int] = frozenset()
) -> Iterator[frozenset[int]]:
    """Sets of at most `most` cells (besides `used`) that have one of each of `wanted`."""
    left = [cells for cells in wanted if not cells & used]
    if not left:
        yield used
    elif most > 0:
        for cell in sorted(left[0]):
            yield from choices(left[1:], most - 1, used | {cell})
