"""Sets of providers and of trees that could serve a group, by set arithmetic alone.

This looks at all providers, so it does nothing per provider but compare two
numbers; what remains is looked at closely by `search.tree`.
"""

from collections.abc import Iterable

from nova.placement.search.mirror import Mirror
from nova.placement.search.question import Group, Question


def providers(mirror: Mirror, group: Group) -> set[int]:
    """Providers that serve the whole of `group` alone."""
    found = _start(mirror, group)
    for class_id, amount in group.resources.items():
        found = _with_room(mirror, class_id, amount, found)
    if found is None:
        found = set(mirror.nodes)
    for trait in group.forbidden:
        found -= mirror.with_trait(trait)
    if group.forbidden_aggregates:
        found -= mirror.in_any_aggregate(group.forbidden_aggregates)
    return found


def roots(mirror: Mirror, question: Question, sharing: frozenset[int] | set[int]) -> set[int]:
    """Roots of the trees that might serve `question`; no other tree does."""
    found: set[int] | None = None
    for part in _parts(mirror, question, sharing):
        found = part if found is None else found & part
        if not found:
            return set()
    return set(mirror.trees) if found is None else found


def _parts(
    mirror: Mirror, question: Question, sharing: frozenset[int] | set[int]
) -> Iterable[set[int]]:
    if question.root_required:
        yield set.intersection(*(set(mirror.with_trait(one)) for one in question.root_required))
    if question.spread is not None:
        yield from _spread_parts(mirror, question.spread, sharing)
    seen: list[Group] = []
    for group in question.granular:
        if not any(group.like(other) for other in seen):
            seen.append(group)
            yield _trees(mirror, providers(mirror, group), sharing)


def _spread_parts(
    mirror: Mirror, group: Group, sharing: frozenset[int] | set[int]
) -> Iterable[set[int]]:
    if group.in_tree is not None:
        root = mirror.root_of(group.in_tree)
        yield set() if root is None else {root}
        sharing = frozenset()
    for wanted in group.required:
        yield _trees(mirror, mirror.with_any_trait(wanted), sharing)
    for aggregates in group.member_of:
        yield _trees(mirror, mirror.in_any_aggregate(aggregates), sharing)
    for class_id, amount in group.resources.items():
        able = _with_room(mirror, class_id, amount, None)
        for trait in group.forbidden:
            able -= mirror.with_trait(trait)
        yield _trees(mirror, able, sharing)


def _start(mirror: Mirror, group: Group) -> set[int] | None:
    """What the filters alone leave; None when there are none."""
    sets = [mirror.with_any_trait(wanted) for wanted in group.required]
    sets += [mirror.in_any_aggregate(aggregates) for aggregates in group.member_of]
    if group.in_tree is not None:
        root = mirror.root_of(group.in_tree)
        sets.append({node.id for node in mirror.trees[root]} if root is not None else set())
    return set.intersection(*sorted(sets, key=len)) if sets else None


def _with_room(mirror: Mirror, class_id: int, amount: int, among: set[int] | None) -> set[int]:
    room = mirror.room.get(class_id, {})
    if among is None:
        found = {number for number, free in room.items() if free >= amount}
    else:
        found = {number for number in among if room.get(number, -1) >= amount}
    picky = mirror.picky.get(class_id)
    if picky:
        nodes = mirror.nodes
        found -= {one for one in picky & found if not nodes[one].takes(class_id, amount)}
    return found


def _trees(mirror: Mirror, able: set[int], sharing: frozenset[int] | set[int]) -> set[int]:
    """The trees of `able`, and those that the sharing ones of them serve."""
    nodes = mirror.nodes
    found = {nodes[number].root for number in able}
    for number in able & sharing:
        found |= mirror.neighbours(nodes[number])
    return found
