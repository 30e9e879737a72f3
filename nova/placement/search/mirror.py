"""All providers in memory: their trees, traits, aggregates, and what is free.

One mirror serves one process.  `search.feed` brings it up to date before each
search; whoever uses it holds its lock meanwhile.
"""

from collections.abc import Iterable, Mapping

from nova.placement.db.inventories import Usage


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


class Mirror:
    """Nodes by id, and the indexes a search starts from."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.ids: dict[str, int] = {}
        self.trees: dict[int, list[Node]] = {}
        # {class id: {provider id: the most one request could take}}
        self.room: dict[int, dict[int, int]] = {}
        # {class id: those that do not take every amount from 1 on}
        self.picky: dict[int, set[int]] = {}
        self._with_trait: dict[int, set[int]] = {}
        self._in_aggregate: dict[str, set[int]] = {}

    def put(self, node: Node) -> None:
        """Add or replace a provider."""
        self.drop(node.id)
        self.nodes[node.id] = node
        self.ids[node.uuid] = node.id
        tree = self.trees.setdefault(node.root, [])
        tree.append(node)
        if len(tree) > 1:
            tree.sort(key=lambda each: each.id)
        for trait in node.traits:
            self._with_trait.setdefault(trait, set()).add(node.id)
        for aggregate in node.aggregates:
            self._in_aggregate.setdefault(aggregate, set()).add(node.id)
        for class_id, usage in node.stock.items():
            free = usage.inventory.capacity - usage.used
            room = min(free, usage.inventory.max_unit)
            self.room.setdefault(class_id, {})[node.id] = room
            if usage.inventory.min_unit > 1 or usage.inventory.step_size > 1:
                self.picky.setdefault(class_id, set()).add(node.id)

    def drop(self, number: int) -> None:
        """Forget a provider, if it is there."""
        node = self.nodes.pop(number, None)
        if node is None:
            return
        del self.ids[node.uuid]
        tree = self.trees[node.root]
        tree.remove(node)
        if not tree:
            del self.trees[node.root]
        for trait in node.traits:
            self._with_trait[trait].discard(number)
        for aggregate in node.aggregates:
            self._in_aggregate[aggregate].discard(number)
        for class_id in node.stock:
            del self.room[class_id][number]
            self.picky.get(class_id, set()).discard(number)

    def forget_views(self) -> None:
        for node in self.nodes.values():
            node.view = None

    def with_trait(self, trait: int) -> frozenset[int] | set[int]:
        return self._with_trait.get(trait, _NONE)

    def with_any_trait(self, traits: Iterable[int]) -> set[int]:
        return set().union(*(self.with_trait(trait) for trait in traits))

    def in_any_aggregate(self, aggregates: Iterable[str]) -> set[int]:
        return set().union(*(self._in_aggregate.get(one, _NONE) for one in aggregates))

    def root_of(self, uuid: str) -> int | None:
        """The id of the root of a provider's tree."""
        number = self.ids.get(uuid)
        return None if number is None else self.nodes[number].root

    def neighbours(self, node: Node) -> set[int]:
        """The roots of all trees that have a provider in an aggregate of `node`."""
        nodes = self.nodes
        return {nodes[number].root for number in self.in_any_aggregate(node.aggregates)}
