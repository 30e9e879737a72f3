"""All ways in which one tree serves a request.

A request is a row of slots: one for each class of the group without suffix,
one for each group with a suffix.  The search gives each slot a provider, depth
first.  What keeps it from being exponential: a tree that cannot hold all the
slots is refused by counting before any search; a state from which nothing was
found is not entered again; and a search that finds nothing for long gives up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nova.placement.search.mirror import Mirror, Node
from nova.placement.search.question import Group, Policy, Question


@dataclass(frozen=True, slots=True)
class Slot:
    """Something that one provider must serve, and the providers that could."""

    suffix: str
    demands: tuple[tuple[int, int], ...]
    options: tuple[Node, ...]

    @property
    def alone(self) -> bool:
        """Whether isolation applies to it."""
        return bool(self.suffix and self.demands)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One provider for every slot."""

    slots: tuple[Slot, ...]
    chosen: tuple[Node, ...]

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
    """How many steps without a find are left, for one tree and for the request."""

    TREE = 5_000
    REQUEST = 200_000
    LEAST = 200

    def __init__(self) -> None:
        self._request = self.REQUEST
        self._tree = self.TREE

    def begin_tree(self) -> None:
        self._tree = max(self.LEAST, min(self.TREE, self._request))

    def step(self) -> bool:
        """False when the tree is to be given up."""
        self._tree -= 1
        self._request -= 1
        return self._tree > 0

    def found(self) -> None:
        self._tree = self.TREE


def slots_of(
    mirror: Mirror, question: Question, root: int, guests: Sequence[Node]
) -> tuple[Slot, ...] | None:
    """The slots of a request in one tree; None when one of them has no option.

    `guests` are the providers outside the tree that share with it.
    """
    members = mirror.trees[root]
    everyone = (*members, *guests)
    slots: list[Slot] = []
    if question.spread is not None:
        crowd = members if question.spread.in_tree is not None else everyone
        for demand in question.spread.resources.items():
            able = tuple(one for one in crowd if _spread_serves(mirror, question.spread, one, demand))
            if not able:
                return None
            slots.append(Slot("", (demand,), able))
    granular = _granular_slots(mirror, question, everyone)
    return None if granular is None else (*slots, *granular)


def candidates(
    mirror: Mirror, question: Question, slots: tuple[Slot, ...], patience: Patience
) -> Iterator[Candidate]:
    """All assignments that hold, each once."""
    granular = [slot for slot in slots if slot.alone]
    if len(granular) > 1 and not _countable(mirror, question, slots, granular):
        return
    patience.begin_tree()
    yield from _Walk(mirror, question, slots, patience).walk()


def _granular_slots(
    mirror: Mirror, question: Question, everyone: Sequence[Node]
) -> list[Slot] | None:
    slots: list[Slot] = []
    known: list[tuple[Group, tuple[Node, ...]]] = []
    for group in question.granular:
        options = next((found for other, found in known if group.like(other)), None)
        if options is None:
            options = tuple(one for one in everyone if _serves(mirror, group, one))
            known.append((group, options))
        if not options:
            return None
        slots.append(Slot(group.suffix, tuple(group.resources.items()), options))
    tied = frozenset().union(*question.same_subtree)
    return sorted(slots, key=lambda slot: (slot.suffix not in tied, len(slot.options)))


def _serves(mirror: Mirror, group: Group, node: Node) -> bool:
    """Whether `node` alone can serve `group`."""
    return (
        all(_fits(mirror, node, demand) for demand in group.resources.items())
        and all(node.traits & wanted for wanted in group.required)
        and not node.traits & group.forbidden
        and all(node.aggregates & wanted for wanted in group.member_of)
        and not node.aggregates & group.forbidden_aggregates
        and (group.in_tree is None or node.root == mirror.root_of(group.in_tree))
    )


def _spread_serves(mirror: Mirror, group: Group, node: Node, demand: tuple[int, int]) -> bool:
    """Whether `node` can give `demand`; aggregates of a root hold for its whole tree."""
    if not _fits(mirror, node, demand) or node.traits & group.forbidden:
        return False
    if not group.member_of and not group.forbidden_aggregates:
        return True
    aggregates = node.aggregates | mirror.nodes[node.root].aggregates
    return all(aggregates & wanted for wanted in group.member_of) and not (
        aggregates & group.forbidden_aggregates
    )


def _fits(mirror: Mirror, node: Node, demand: tuple[int, int]) -> bool:
    class_id, amount = demand
    return mirror.room.get(class_id, {}).get(node.id, -1) >= amount and node.takes(*demand)


def _countable(
    mirror: Mirror, question: Question, slots: Sequence[Slot], granular: Sequence[Slot]
) -> bool:
    """False when counting shows that there is not enough for all slots."""
    if question.policy is Policy.ISOLATE and not _matchable(granular):
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
        if spread is not None and position + 1 == self._spread_size and spread.required:
            together = frozenset().union(*(node.traits for node in self._chosen))
            if not all(together & wanted for wanted in spread.required):
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
