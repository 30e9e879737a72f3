"""Devices near the memory of a guest: which cells of the host must be used for their sake."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from nova.scheduler import pci
from nova.scheduler.numa.cells import HostCell
from nova.scheduler.numa.fit import Ratios, fit
from nova.scheduler.numa.wish import GuestTopology

Pools = Sequence[pci.Pool]
Wishes = Sequence[pci.DeviceWish]
PREFERRED, LEGACY, SOCKET = "preferred", "legacy", "socket"


def fit_near(
    guest: GuestTopology, host: Sequence[HostCell], ratios: Ratios, pools: Pools, wishes: Wishes
) -> tuple[HostCell, ...] | None:
    """As `fit`, with the devices wished for where their policies want them: 'required' on a
    cell of the guest, 'legacy' there or where nobody knows, 'socket' on a socket of such a
    cell, 'preferred' anywhere."""
    bound = [wish for wish in wishes if wish.policy != PREFERRED]
    if not bound:
        return fit(guest, host, ratios)
    if not granted(host, frozenset(cell.id for cell in host), pools, bound):
        return None
    for must in _choices(guest, host, pools, bound):
        if granted(host, must, pools, bound):
            found = fit(guest, host, ratios, must)
            if found is not None:
                return found
    return None


def granted(
    host: Sequence[HostCell], used: frozenset[int], pools: Pools, wishes: Wishes
) -> bool:
    """Whether all wishes are granted when the guest is on the cells `used`."""
    left = tuple(pools)
    for wish in wishes:
        near = tuple(pool for pool in left if _is_near(host, used, pool, wish.policy))
        if pci.available(near, wish) < wish.count:
            return False
        far = tuple(pool for pool in left if pool not in near)
        left = (*pci.without(near, [wish]), *far)
    return True


def _is_near(
    host: Sequence[HostCell], used: frozenset[int], pool: pci.Pool, policy: str
) -> bool:
    node = pool.get("numa_node")
    if node is None:
        return policy == LEGACY
    if policy != SOCKET:
        return node in used
    sockets = {cell.socket for cell in host if cell.id in used}
    return any(cell.id == node and cell.socket in sockets for cell in host)


def _choices(
    guest: GuestTopology, host: Sequence[HostCell], pools: Pools, wishes: Wishes
) -> Iterator[frozenset[int]]:
    """Sets of cells to try, the smallest first: there is no use in more than devices."""
    nodes = {pool.get("numa_node") for pool in pools if any(wish.takes(pool) for wish in wishes)}
    sockets = {cell.socket for cell in host if cell.id in nodes and cell.socket is not None}
    by_socket = any(wish.policy == SOCKET for wish in wishes)
    cells = [cell.id for cell in host
             if cell.id in nodes or (by_socket and cell.socket in sockets)]
    most = min(len(guest.cells), len(cells), sum(wish.count for wish in wishes))
    for count in range(most + 1):
        yield from map(frozenset, combinations(cells, count))
