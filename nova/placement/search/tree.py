"""All ways in which one tree serves a request.

A request is a row of slots: one for each class of the group without suffix,
one for each group with a suffix.  The search gives each slot a provider, depth
first.  What keeps it from being exponential: a tree that cannot hold all the
slots is refused by counting before any search; a state from which nothing was
found is not entered again; and a search that finds nothing for long gives up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nova.placement.search.matching import Plan, Slot
from nova.placement.search.mirror import Mirror, Node
from nova.placement.search.question import Group, Policy, Question


@dataclass(frozen=True, slots=True)
class Candidate:
    """One provider for every slot."""

    slots: tuple[Slot, ...]
    chosen: tuple[Node, ...]

    @property
    def only(self) -> Node | None:
        """The provider, when it is one alone that serves a group without suffix."""
        first = self.chosen[0]
        if self.slots[-1].suffix or any(node is not first for node in self.chosen):
            return None
        return first

    def amounts(self) -> dict[Node, dict[int, int]]:
        """What each provider gives, {class id: amount}."""
        given: dict[Node, dict[int, int]] = {}
        for slot, node in zip(self.slots, self.chosen, strict=True):
            for class_id, amount in slot.demands:
                mine = given.setdefault(node, {})
                mine[class_id] = mine.get(class_id, 0) + amount
        return given

    def mappings(self) -> dict[str, list[str]]:
        """{suffix: uuids of the providers that serve it}."""
        found: dict[str, list[str]] = {}
        for slot, node in zip(self.slots, self.chosen, strict=True):
            serving = found.setdefault(slot.suffix, [])
            if node.uuid not in serving:
                serving.append(node.uuid)
        return found


class Patience:
    """How many steps without a find are left, for one tree and for the request.

    When those of the request are used up, each further tree gets a few, which
    are enough for a tree that fits easily, until as many again are used up.
    """

    TREE = 5_000
    REQUEST = 50_000
    LEAST = 50

    def __init__(self) -> None:
        self._request = self.REQUEST
        self._tree = self.TREE

    def begin_tree(self) -> None:
        least = self.LEAST if self._request > -self.REQUEST else 0
        self._tree = max(least, min(self.TREE, self._request))

    def step(self) -> bool:
        """False when the tree is to be given up."""
        self._tree -= 1
        self._request -= 1
        return self._tree >= 0

    def found(self) -> None:
        self._tree = max(self._tree, self.LEAST, min(self.TREE, self._request))


def _slots(
    plan: Plan, members: Sequence[Node], everyone: Sequence[Node]
) -> tuple[Slot, ...] | None:
    """The slots of a request in one tree; None when one of them has no option."""
    spread = plan.question.spread
    bound = spread is not None and spread.in_tree is not None
    slots: list[Slot] = []
    for part in plan.parts:
        crowd = members if bound and not part.suffix else everyone
        able = part.able
        options = tuple([node for node in crowd if node.id in able])
        if not options:
            return None
        slots.append(Slot(part.suffix, part.demands, options))
    if len(slots) > 1 and slots[-1].suffix:
        slots.sort(key=_order(plan.question))
    return tuple(slots)


def candidates(mirror: Mirror, plan: Plan, root: int, patience: Patience) -> Iterator[Candidate]:
    """All assignments that hold in one tree, each once."""
    members = mirror.trees[root]
    if len(members) == 1 and root not in plan.guests and not plan.granular:
        # The plan asked all there is to ask of a tree of one.
        yield Candidate(plan.plain, (members[0],) * len(plan.plain))
        return
    everyone = [*members, *plan.guests.get(root, ())]
    for crowd in plan.crowds:
        if crowd.places(mirror, everyone, plan.question.policy) < crowd.many:
            return
    slots = _slots(plan, members, everyone)
    if slots is None:
        return
    if len(plan.granular) > 1 and not _countable(mirror, plan.question, slots):
        return
    patience.begin_tree()
    yield from _Walk(mirror, plan.question, slots, patience).walk()


def _order(question: Question) -> Callable[[Slot], tuple[bool, bool, int]]:
    """First the slots whose constraints concern several, then those with few options."""
    tied = frozenset().union(*question.same_subtree)
    return lambda slot: (
        bool(slot.suffix),
        bool(slot.suffix) and slot.suffix not in tied,
        len(slot.options) if slot.suffix else 0,
    )


def _together(group: Group, nodes: Iterable[Node]) -> bool:
    """Whether `nodes` have all that `group` requires, one or the other of them."""
    if not group.required:
        return True
    traits = frozenset().union(*(node.traits for node in nodes))
    return all(traits & wanted for wanted in group.required)


def _countable(mirror: Mirror, question: Question, slots: Sequence[Slot]) -> bool:
    """False when counting shows that there is not enough for all slots."""
    if question.policy is Policy.ISOLATE and not _matchable([one for one in slots if one.alone]):
        return False
    wanted: dict[int, int] = {}
    able: dict[int, set[int]] = {}
    for slot in slots:
        for class_id, amount in slot.demands:
            wanted[class_id] = wanted.get(class_id, 0) + amount
            able.setdefault(class_id, set()).update(node.id for node in slot.options)
    return all(
        sum(mirror.room[class_id][number] for number in able[class_id]) >= amount
        for class_id, amount in wanted.items()
    )


def _matchable(slots: Sequence[Slot]) -> bool:
    """Whether every slot can have a provider of its own (augmenting paths)."""
    owner: dict[int, int] = {}

    def place(position: int, tried: set[int]) -> bool:
        for node in slots[position].options:
            if node.id in tried:
                continue
            tried.add(node.id)
            if node.id not in owner or place(owner[node.id], tried):
                owner[node.id] = position
                return True
        return False

    return all(place(position, set()) for position in range(len(slots)))


class _Walk:
    """The depth-first search over the slots of one tree."""

    def __init__(
        self, mirror: Mirror, question: Question, slots: tuple[Slot, ...], patience: Patience
    ) -> None:
        self._mirror = mirror
        self._question = question
        self._slots = slots
        self._patience = patience
        self._isolate = question.policy is Policy.ISOLATE
        self._spread_size = sum(1 for slot in slots if not slot.suffix)
        self._tied = _positions(question.same_subtree, slots)
        self._chosen: list[Node] = []
        self._taken: dict[tuple[int, int], int] = {}
        self._alone: set[int] = set()
        self._barren: set[object] = set()
        self._given_up = False

    def walk(self) -> Iterator[Candidate]:
        position = len(self._chosen)
        if position == len(self._slots):
            self._patience.found()
            yield Candidate(self._slots, tuple(self._chosen))
            return
        state = self._state(position)
        if state in self._barren:
            return
        fruitful = False
        for node in self._slots[position].options:
            if self._given_up or not self._patience.step():
                self._given_up = True
                return
            if self._take(position, node):
                if self._holds(position):
                    for candidate in self.walk():
                        fruitful = True
                        yield candidate
                self._give_back(position, node)
        if not fruitful and not self._given_up:
            self._barren.add(state)

    def _state(self, position: int) -> object:
        """All that decides what can still be found from here."""
        related = self._tied or position < self._spread_size
        path = tuple(node.id for node in self._chosen) if related else ()
        taken = frozenset(item for item in self._taken.items() if item[1])
        return position, taken, frozenset(self._alone), path

    def _take(self, position: int, node: Node) -> bool:
        slot = self._slots[position]
        if self._isolate and slot.alone and node.id in self._alone:
            return False
        room, taken = self._mirror.room, self._taken
        for class_id, amount in slot.demands:
            if taken.get((node.id, class_id), 0) + amount > room[class_id][node.id]:
                return False
        for class_id, amount in slot.demands:
            taken[node.id, class_id] = taken.get((node.id, class_id), 0) + amount
        if slot.alone:
            self._alone.add(node.id)
        self._chosen.append(node)
        return True

    def _give_back(self, position: int, node: Node) -> None:
        slot = self._slots[position]
        for class_id, amount in slot.demands:
            self._taken[node.id, class_id] -= amount
        self._chosen.pop()
        self._alone = {
            chosen.id
            for other, chosen in zip(self._slots, self._chosen, strict=False)
            if other.alone
        }

    def _holds(self, position: int) -> bool:
        """Whether the choices up to `position` satisfy what concerns several slots."""
        spread = self._question.spread
        last = position + 1 == self._spread_size
        if spread is not None and last and not _together(spread, self._chosen):
            return False
        return all(
            self._connected([self._chosen[one] for one in group])
            for group in self._tied
            if group[-1] == position
        )

    def _connected(self, nodes: Sequence[Node]) -> bool:
        """Whether one of `nodes` is above (or is) all of them."""
        lines = [self._line(node) for node in nodes]
        shared = set(lines[0]).intersection(*lines)
        return any(node.id in shared for node in nodes)

    def _line(self, node: Node) -> list[int]:
        """The ids from `node` up to its root."""
        line = [node.id]
        while node.parent is not None:
            node = self._mirror.nodes[node.parent]
            line.append(node.id)
        return line


def _positions(
    groups: Sequence[frozenset[str]], slots: Sequence[Slot]
) -> tuple[tuple[int, ...], ...]:
    """Which slots each set of suffixes means."""
    by_suffix: Mapping[str, int] = {slot.suffix: number for number, slot in enumerate(slots)}
    return tuple(tuple(sorted(by_suffix[suffix] for suffix in group)) for group in groups)
