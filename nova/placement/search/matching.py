"""Sets of providers and of trees that could serve a question, by set arithmetic alone.

This looks at all providers, so it does nothing per provider but compare two
numbers; the trees that remain are looked at closely by `search.tree`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nova.placement.search.mirror import Ids, Mirror, Node
from nova.placement.search.question import Group, Policy, Question


@dataclass(frozen=True, slots=True)
class Part:
    """Something one provider must serve, and all the providers that can."""

    suffix: str
    demands: tuple[tuple[int, int], ...]
    able: Ids


@dataclass(frozen=True, slots=True)
class Slot:
    """A part in one tree, with the providers there that could serve it."""

    suffix: str
    demands: tuple[tuple[int, int], ...]
    options: tuple[Node, ...]

    @property
    def alone(self) -> bool:
        """Whether isolation applies to it."""
        return bool(self.suffix and self.demands)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Several groups that ask the same."""

    able: Ids
    demands: tuple[tuple[int, int], ...]
    many: int

    def places(self, mirror: Mirror, nodes: Iterable[Node], policy: Policy) -> int:
        """How many of them `nodes` could serve, were there nothing else to serve."""
        able = [node.id for node in nodes if node.id in self.able]
        if policy is Policy.ISOLATE:
            return len(able)
        return sum(
            min(mirror.room[class_id][number] // amount for class_id, amount in self.demands)
            for number in able
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A question with what a search in single trees needs.

    `parts` are the classes of the group without suffix, then the groups with
    one (`granular`); `guests` are by root the providers outside its tree that
    share with it; `plain` are the slots of a tree of one provider.
    """

    question: Question
    parts: tuple[Part, ...]
    roots: Ids
    guests: dict[int, list[Node]]
    granular: tuple[Group, ...]
    plain: tuple[Slot, ...]
    crowds: tuple[Crowd, ...]


def providers(mirror: Mirror, group: Group) -> Ids:
    """Providers that serve the whole of `group` alone."""
    found = _all(mirror, _filters(mirror, group))
    for trait in group.forbidden:
        found = found - mirror.with_any_trait([trait])
    if group.forbidden_aggregates:
        found = found - mirror.in_any_aggregate(group.forbidden_aggregates)
    return found


def plan(mirror: Mirror, question: Question, sharing: Ids) -> Plan:
    """No tree but the plan's `roots` serves `question`; not all of these need to."""
    parts: list[Part] = []
    sets: list[Ids] = [mirror.with_any_trait([one]) for one in question.root_required]
    for part, trees in _parts(mirror, question, sharing):
        parts.append(part)
        sets.append(trees)
    if question.spread is not None:
        sets += [
            _trees(mirror, mirror.with_any_trait(wanted), sharing)
            for wanted in question.spread.required
        ]
    roots = _all(mirror, sets)
    for trait in question.root_forbidden:
        roots = roots - mirror.with_any_trait([trait])
    plain = tuple(Slot(part.suffix, part.demands, ()) for part in parts)
    guests = _guests(mirror, sharing)
    crowds = tuple(_crowds(parts))
    return Plan(question, tuple(parts), roots, guests, question.granular, plain, crowds)


def _parts(mirror: Mirror, question: Question, sharing: Ids) -> Iterator[tuple[Part, Ids]]:
    """Each part with the trees it can be served in."""
    if question.spread is not None:
        yield from _spread_parts(mirror, question.spread, sharing)
    seen: list[tuple[Group, Ids, Ids]] = []
    for group in question.granular:
        known = next((each for each in seen if group.like(each[0])), None)
        if known is None:
            able = providers(mirror, group)
            known = group, able, _trees(mirror, able, sharing)
            seen.append(known)
        yield Part(group.suffix, tuple(group.resources.items()), known[1]), known[2]


def _spread_parts(mirror: Mirror, group: Group, sharing: Ids) -> Iterator[tuple[Part, Ids]]:
    among = _members(mirror, group)
    for class_id, amount in group.resources.items():
        able: Ids = mirror.able(class_id, amount)
        if among is not None:
            able = able & among
        for trait in group.forbidden:
            able = able - mirror.with_any_trait([trait])
        able = _in_aggregates(mirror, group, able)
        part = Part("", ((class_id, amount),), able)
        yield part, _trees(mirror, able, sharing if among is None else frozenset())


def _members(mirror: Mirror, group: Group) -> Ids | None:
    """The tree a group is bound to; None when it is not."""
    if group.in_tree is None:
        return None
    root = mirror.root_of(group.in_tree)
    return set() if root is None else {node.id for node in mirror.trees[root]}


def _in_aggregates(mirror: Mirror, group: Group, able: Ids) -> Ids:
    """Without suffix, the aggregates of a root hold for its whole tree."""
    nodes = mirror.nodes
    for aggregates in group.member_of:
        inside = mirror.in_any_aggregate(aggregates)
        able = {one for one in able if one in inside or nodes[one].root in inside}
    if group.forbidden_aggregates:
        inside = mirror.in_any_aggregate(group.forbidden_aggregates)
        able = {one for one in able if one not in inside and nodes[one].root not in inside}
    return able


def _crowds(parts: Sequence[Part]) -> Iterator[Crowd]:
    seen: dict[tuple[int, tuple[tuple[int, int], ...]], list[Part]] = {}
    for part in parts:
        if part.suffix and part.demands:
            seen.setdefault((id(part.able), part.demands), []).append(part)
    for alike in seen.values():
        if len(alike) > 1:
            yield Crowd(alike[0].able, alike[0].demands, len(alike))


def _filters(mirror: Mirror, group: Group) -> list[Ids]:
    """The sets a provider must be in to serve `group`."""
    sets: list[Ids] = [mirror.with_any_trait(wanted) for wanted in group.required]
    sets += [mirror.in_any_aggregate(aggregates) for aggregates in group.member_of]
    sets += [mirror.able(*demand) for demand in group.resources.items()]
    members = _members(mirror, group)
    return sets if members is None else [*sets, members]


def _all(mirror: Mirror, sets: list[Ids]) -> Ids:
    """What is in every one of `sets`; all providers when there is none."""
    if not sets:
        return mirror.nodes.keys()
    found, *others = sorted(sets, key=len)
    for other in others:
        if not found:
            break
        found = found & other
    return found


def _trees(mirror: Mirror, able: Ids, sharing: Ids) -> Ids:
    """The trees of `able`, and those that the sharing ones of them serve."""
    found = mirror.roots(able)
    for number in able & sharing if sharing else ():
        found = found | mirror.neighbours(mirror.nodes[number])
    return found


def _guests(mirror: Mirror, sharing: Ids) -> dict[int, list[Node]]:
    guests: dict[int, list[Node]] = {}
    for number in sorted(sharing):
        node = mirror.nodes[number]
        for root in mirror.neighbours(node) - {node.root}:
            guests.setdefault(root, []).append(node)
    return guests
