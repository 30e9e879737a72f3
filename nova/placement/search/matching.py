"""Sets of providers and of trees that could serve a question, by set arithmetic alone.

This looks at all providers, so it does nothing per provider but compare two
numbers; the trees that remain are looked at closely by `search.tree`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from nova.placement.search.mirror import Mirror, Node
from nova.placement.search.question import Group, Policy, Question

Ids = frozenset[int] | set[int]


@dataclass(frozen=True, slots=True)
class Part:
    """Something one provider must serve, and all the providers that can."""

    suffix: str
    demands: tuple[tuple[int, int], ...]
    able: set[int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A question with what a search in single trees needs.

    `parts` are the classes of the group without suffix, then the groups with
    one; `guests` are by root the providers outside its tree that share with it.
    """

    question: Question
    parts: tuple[Part, ...]
    roots: set[int]
    guests: dict[int, list[Node]]


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


def plan(mirror: Mirror, question: Question, sharing: Ids) -> Plan:
    """No tree but the plan's `roots` serves `question`; not all of these need to."""
    parts: list[Part] = []
    roots = _required_roots(mirror, question)
    for part, trees in _parts(mirror, question, sharing):
        parts.append(part)
        roots = trees if roots is None else roots & trees
        if not roots:
            return Plan(question, tuple(parts), set(), {})
    if question.spread is not None:
        roots = _with_traits(mirror, question.spread, roots or set(), sharing)
    for trait in question.root_forbidden:
        roots = (roots or set()) - mirror.with_trait(trait)
    return Plan(question, tuple(parts), roots or set(), _guests(mirror, sharing))


def _required_roots(mirror: Mirror, question: Question) -> set[int] | None:
    if not question.root_required:
        return None
    return set.intersection(*(set(mirror.with_trait(one)) for one in question.root_required))


def _parts(
    mirror: Mirror, question: Question, sharing: Ids
) -> Iterator[tuple[Part, set[int]]]:
    """Each part with the trees it can be served in."""
    if question.spread is not None:
        yield from _spread_parts(mirror, question.spread, sharing)
    seen: list[tuple[Group, set[int], set[int]]] = []
    for group in question.granular:
        known = next((each for each in seen if group.like(each[0])), None)
        if known is None:
            able = providers(mirror, group)
            many = sum(1 for other in question.granular if group.like(other))
            known = group, able, _roomy(mirror, question, group, many, able, sharing)
            seen.append(known)
        yield Part(group.suffix, tuple(group.resources.items()), known[1]), known[2]


def _spread_parts(mirror: Mirror, group: Group, sharing: Ids) -> Iterator[tuple[Part, set[int]]]:
    among = _members(mirror, group)
    for class_id, amount in group.resources.items():
        able = _with_room(mirror, class_id, amount, among)
        for trait in group.forbidden:
            able -= mirror.with_trait(trait)
        able = _in_aggregates(mirror, group, able)
        part = Part("", ((class_id, amount),), able)
        yield part, _trees(mirror, able, sharing if among is None else frozenset())


def _members(mirror: Mirror, group: Group) -> set[int] | None:
    """The tree a group is bound to; None when it is not."""
    if group.in_tree is None:
        return None
    root = mirror.root_of(group.in_tree)
    return set() if root is None else {node.id for node in mirror.trees[root]}


def _in_aggregates(mirror: Mirror, group: Group, able: set[int]) -> set[int]:
    """Without suffix, the aggregates of a root hold for its whole tree."""
    nodes = mirror.nodes
    for aggregates in group.member_of:
        inside = mirror.in_any_aggregate(aggregates)
        able = {one for one in able if one in inside or nodes[one].root in inside}
    if group.forbidden_aggregates:
        inside = mirror.in_any_aggregate(group.forbidden_aggregates)
        able = {one for one in able if one not in inside and nodes[one].root not in inside}
    return able


def _with_traits(mirror: Mirror, group: Group, roots: set[int], sharing: Ids) -> set[int]:
    """Those of `roots` where every required trait is somewhere."""
    for wanted in group.required:
        if not roots:
            return roots
        roots = roots & _trees(mirror, mirror.with_any_trait(wanted), sharing)
    return roots


def _roomy(
    mirror: Mirror, question: Question, group: Group, many: int, able: set[int], sharing: Ids
) -> set[int]:
    """Trees that can serve `many` groups like `group`, as far as counting shows."""
    if many == 1 or not group.resources:
        return _trees(mirror, able, sharing)
    nodes, places = mirror.nodes, Counter[int]()
    for number in able:
        count = 1 if question.policy is Policy.ISOLATE else _times(mirror, group, number)
        places[nodes[number].root] += count
        if number in sharing:
            for root in mirror.neighbours(nodes[number]) - {nodes[number].root}:
                places[root] += count
    return {root for root, count in places.items() if count >= many}


def _times(mirror: Mirror, group: Group, number: int) -> int:
    """How often a provider could serve `group`."""
    return min(mirror.room[one][number] // amount for one, amount in group.resources.items())


def _start(mirror: Mirror, group: Group) -> set[int] | None:
    """What the filters alone leave; None when there are none."""
    sets = [mirror.with_any_trait(wanted) for wanted in group.required]
    sets += [mirror.in_any_aggregate(aggregates) for aggregates in group.member_of]
    members = _members(mirror, group)
    if members is not None:
        sets.append(members)
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


def _trees(mirror: Mirror, able: set[int], sharing: Ids) -> set[int]:
    """The trees of `able`, and those that the sharing ones of them serve."""
    nodes = mirror.nodes
    found = {nodes[number].root for number in able}
    for number in able & sharing:
        found |= mirror.neighbours(nodes[number])
    return found


def _guests(mirror: Mirror, sharing: Ids) -> dict[int, list[Node]]:
    guests: dict[int, list[Node]] = {}
    for number in sorted(sharing):
        node = mirror.nodes[number]
        for root in mirror.neighbours(node) - {node.root}:
            guests.setdefault(root, []).append(node)
    return guests
