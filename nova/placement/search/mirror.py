"""All providers in memory: their trees, traits, aggregates, and what is free.

One mirror serves one process.  `search.feed` brings it up to date before each
search; whoever uses it holds its lock meanwhile.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from nova.placement.db.inventories import Usage

Ids = AbstractSet[int]


class Node:
    """One provider as the search sees it."""

    __slots__ = ("aggregates", "generation", "id", "moved", "parent", "root", "stock",
                 "traits", "uuid", "view")  # fmt: skip

    def __init__(
        self, number: int, uuid: str, generation: int, moved: int, parent: int | None, root: int
    ) -> None:
        self.id = number
        self.uuid = uuid
        self.generation = generation
        self.moved = moved
        self.parent = parent
        self.root = root
        self.traits: frozenset[int] = frozenset()
        self.aggregates: frozenset[str] = frozenset()
        self.stock: Mapping[int, Usage] = {}
        # What a view made of it, kept until the node or a name changes.
        self.view: str | None = None

    def takes(self, class_id: int, amount: int) -> bool:
        """Whether `amount` is one that may be asked for, were there room enough."""
        limits = self.stock[class_id].inventory
        return amount >= limits.min_unit and not amount % limits.step_size


_NONE: frozenset[int] = frozenset()
_MOST_QUESTIONS = 128


class Mirror:
    """Nodes by id, and the indexes a search starts from.

    `totals` are the number of nodes and the sums of ids, generations and times
    of change: what the database says of the same providers must be equal.
    """

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.ids: dict[str, int] = {}
        self.trees: dict[int, list[Node]] = {}
        # {class id: {provider id: the most one request could take}}
        self.room: dict[int, dict[int, int]] = {}
        self.totals = (0, 0, 0, 0)
        # {id of a provider that is not a root: its root}
        self._roots: dict[int, int] = {}
        self._with_trait: dict[int, set[int]] = {}
        self._in_aggregate: dict[str, set[int]] = {}
        # {(class id, amount): providers}: the same amounts are asked again and again
        self._able: dict[tuple[int, int], set[int]] = {}

    def put(self, node: Node) -> None:
        """Add or replace a provider."""
        self.drop(node.id)
        self.nodes[node.id] = node
        self.ids[node.uuid] = node.id
        self._count(node, 1)
        self._plant(node)
        for trait in node.traits:
            self._with_trait.setdefault(trait, set()).add(node.id)
        for aggregate in node.aggregates:
            self._in_aggregate.setdefault(aggregate, set()).add(node.id)
        for class_id, usage in node.stock.items():
            free = usage.inventory.capacity - usage.used
            room = min(free, usage.inventory.max_unit)
            self.room.setdefault(class_id, {})[node.id] = room
        for demand, able in self._able.items():
            if self._serves(node, *demand):
                able.add(node.id)

    def drop(self, number: int) -> None:
        """Forget a provider, if it is there."""
        node = self.nodes.pop(number, None)
        if node is None:
            return
        del self.ids[node.uuid]
        self._count(node, -1)
        self._uproot(node)
        for trait in node.traits:
            self._with_trait[trait].discard(number)
        for aggregate in node.aggregates:
            self._in_aggregate[aggregate].discard(number)
        for class_id in node.stock:
            del self.room[class_id][number]
        for able in self._able.values():
            able.discard(number)

    def forget_views(self) -> None:
        for node in self.nodes.values():
            node.view = None

    def able(self, class_id: int, amount: int) -> set[int]:
        """Providers that can give `amount`; not to be changed by the caller."""
        found = self._able.get((class_id, amount))
        if found is None:
            room, nodes = self.room.get(class_id, {}), self.nodes
            found = {
                number
                for number, free in room.items()
                if free >= amount and nodes[number].takes(class_id, amount)
            }
            if len(self._able) >= _MOST_QUESTIONS:
                del self._able[next(iter(self._able))]
            self._able[class_id, amount] = found
        return found

    def with_any_trait(self, traits: Iterable[int]) -> Ids:
        """Not to be changed by the caller."""
        sets = [self._with_trait.get(trait, _NONE) for trait in traits]
        return sets[0] if len(sets) == 1 else set[int]().union(*sets)

    def in_any_aggregate(self, aggregates: Iterable[str]) -> Ids:
        """Not to be changed by the caller."""
        sets = [self._in_aggregate.get(one, _NONE) for one in aggregates]
        return sets[0] if len(sets) == 1 else set[int]().union(*sets)

    def root_of(self, uuid: str) -> int | None:
        """The id of the root of a provider's tree."""
        number = self.ids.get(uuid)
        return None if number is None else self.nodes[number].root

    def roots(self, numbers: Ids) -> Ids:
        """The roots of providers; costs nothing where these are roots themselves."""
        if not self._roots:
            return numbers
        below = self._roots.keys() & numbers
        return (numbers - below) | {self._roots[number] for number in below}

    def neighbours(self, node: Node) -> Ids:
        """The roots of all trees that have a provider in an aggregate of `node`."""
        return self.roots(self.in_any_aggregate(node.aggregates))

    def _serves(self, node: Node, class_id: int, amount: int) -> bool:
        room = self.room.get(class_id, {}).get(node.id, -1)
        return room >= amount and node.takes(class_id, amount)

    def _plant(self, node: Node) -> None:
        tree = self.trees.setdefault(node.root, [])
        tree.append(node)
        if len(tree) > 1:
            tree.sort(key=lambda each: each.id)
        if node.root != node.id:
            self._roots[node.id] = node.root

    def _uproot(self, node: Node) -> None:
        tree = self.trees[node.root]
        tree.remove(node)
        if not tree:
            del self.trees[node.root]
        self._roots.pop(node.id, None)

    def _count(self, node: Node, sign: int) -> None:
        count, ids, generations, moved = self.totals
        self.totals = (
            count + sign,
            ids + sign * node.id,
            generations + sign * node.generation,
            moved + sign * node.moved,
        )
