"""One host cell for each guest cell: which pairs, in time that grows with cells, not with orders.

Cells of a guest go to different cells of the host, so whether one suits another does not
depend on the rest: this is matching in a graph of two sides.
"""

from collections.abc import Iterable, Sequence

# For each guest cell the numbers of the host cells that suit it, in order.
Suits = Sequence[Sequence[int]]


def matched(suits: Suits, must: Iterable[int] = ()) -> list[int] | None:
    """The first way, in the order of `suits`, that gives every guest cell a host cell of its
    own and uses all of `must`; None when there is none."""
    pairs = _any_way(suits)
    if pairs is None or not _use(pairs, suits, must):
        return None
    wanted = frozenset(must)
    for guest, options in enumerate(suits):
        for option in options:
            if option == pairs[guest]:
                break
            better = _with(pairs, suits, guest, option, wanted)
            if better is not None:
                pairs = better
                break
    return pairs


def _any_way(suits: Suits) -> list[int] | None:
    owner: dict[int, int] = {}
    for guest in range(len(suits)):
        if not _seat(guest, suits, owner, set()):
            return None
    pairs = [0] * len(suits)
    for host, guest in owner.items():
        pairs[guest] = host
    return pairs


def _seat(guest: int, suits: Suits, owner: dict[int, int], tried: set[int]) -> bool:
    """Give a guest cell a place; others may have to move for it."""
    for host in suits[guest]:
        if host in tried:
            continue
        tried.add(host)
        if host not in owner or _seat(owner[host], suits, owner, tried):
            owner[host] = guest
            return True
    return False


def _use(pairs: list[int], suits: Suits, must: Iterable[int]) -> bool:
    """Change the pairs so that they use each of `must`."""
    wanted = frozenset(must)
    return all(host in pairs or _enter(host, pairs, suits, wanted, set()) for host in wanted)


def _enter(
    host: int, pairs: list[int], suits: Suits, wanted: frozenset[int], tried: set[int]
) -> bool:
    """Some guest cell moves here; what it leaves must not be wanted, or is entered in turn."""
    for guest, options in enumerate(suits):
        if guest in tried or host not in options:
            continue
        tried.add(guest)
        left = pairs[guest]
        if left not in wanted or _enter(left, pairs, suits, wanted, tried):
            pairs[guest] = host
            return True
    return False


def _with(
    pairs: list[int], suits: Suits, guest: int, option: int, wanted: frozenset[int]
) -> list[int] | None:
    """The pairs with this one in, those of earlier guest cells as they are; None: no way."""
    fixed = {*pairs[:guest], option}
    if option in pairs[:guest]:
        return None
    rest = [[host for host in options if host not in fixed] for options in suits[guest + 1:]]
    found = _any_way(rest)
    if found is None or not _use(found, rest, wanted - fixed):
        return None
    return [*pairs[:guest], option, *found]
