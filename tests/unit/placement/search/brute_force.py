"""The slowest possible search: try everything, then look whether it holds.

It shares no code with the service, on purpose.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from nova.placement.search.mirror import Node
from nova.placement.search.question import Group, Policy, Question

Choice = tuple[tuple[str, int | None, Node], ...]
"""(suffix, class id or None for a whole group, provider) of every slot"""


def search(nodes: Iterable[Node], question: Question, sharing_trait: int) -> set[object]:
    """What `key` makes of every candidate."""
    everyone = {node.id: node for node in nodes}
    found = set()
    for root in [node for node in everyone.values() if node.parent is None]:
        if not question.root_required <= root.traits or question.root_forbidden & root.traits:
            continue
        members = [node for node in everyone.values() if node.root == root.id]
        near = frozenset().union(*(node.aggregates for node in members))
        guests = [
            node
            for node in everyone.values()
            if node.root != root.id and sharing_trait in node.traits and node.aggregates & near
        ]
        for choice in _choices(everyone, question, root, [*members, *guests]):
            if holds(everyone, question, choice):
                found.add(key(question, choice))
    return found


def key(question: Question, choice: Choice) -> object:
    """What a client can see of a choice."""
    if question.mapped:
        return frozenset((suffix, number, node.id) for suffix, number, node in choice)
    return frozenset(
        (node, number, amount) for (node, number), amount in _amounts(question, choice).items()
    )


def holds(everyone: dict[int, Node], question: Question, choice: Choice) -> bool:
    """What concerns several slots; each slot by itself is served already."""
    return (
        _enough(everyone, question, choice)
        and _traits_together(question, choice)
        and _isolated(question, choice)
        and all(_subtree(everyone, choice, suffixes) for suffixes in question.same_subtree)
        and (question.nested or not _nesting(choice))
    )


def _choices(
    everyone: dict[int, Node], question: Question, root: Node, crowd: list[Node]
) -> Iterator[Choice]:
    slots: list[tuple[str, int | None]] = []
    for group in question.groups:
        if group.suffix:
            slots.append((group.suffix, None))
        else:
            slots += [("", number) for number in group.resources]
    able = [
        [node for node in crowd if _serves(everyone, question, root, *slot, node)] for slot in slots
    ]
    for nodes in product(*able):
        yield tuple((*slot, node) for slot, node in zip(slots, nodes, strict=True))


def _group(question: Question, suffix: str) -> Group:
    return next(group for group in question.groups if group.suffix == suffix)


def _serves(
    everyone: dict[int, Node], question: Question, root: Node, suffix: str, number: int | None,
    node: Node,
) -> bool:  # fmt: skip
    group = _group(question, suffix)
    for class_id, amount in group.resources.items():
        if number in (None, class_id) and not _allowed(node, class_id, amount):
            return False
    if node.traits & group.forbidden:
        return False
    if suffix and not all(node.traits & wanted for wanted in group.required):
        return False
    aggregates = node.aggregates
    if not suffix:
        aggregates = aggregates | everyone[node.root].aggregates
    if not all(aggregates & wanted for wanted in group.member_of):
        return False
    if aggregates & group.forbidden_aggregates:
        return False
    if group.in_tree is None:
        return True
    trees = {each.uuid: each.root for each in everyone.values()}
    bound = trees.get(group.in_tree)
    return node.root == bound and (bool(suffix) or root.id == bound)


def _allowed(node: Node, class_id: int, amount: int) -> bool:
    usage = node.stock.get(class_id)
    if usage is None:
        return False
    limits = usage.inventory
    free = (limits.total - limits.reserved) * limits.allocation_ratio - usage.used
    return (
        limits.min_unit <= amount <= limits.max_unit
        and amount % limits.step_size == 0
        and amount <= free
    )


def _amounts(question: Question, choice: Choice) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for suffix, number, node in choice:
        for class_id, amount in _group(question, suffix).resources.items():
            if number in (None, class_id):
                found[node.id, class_id] = found.get((node.id, class_id), 0) + amount
    return found


def _enough(everyone: dict[int, Node], question: Question, choice: Choice) -> bool:
    for (number, class_id), amount in _amounts(question, choice).items():
        usage = everyone[number].stock[class_id]
        limits = usage.inventory
        capacity = (limits.total - limits.reserved) * limits.allocation_ratio
        if usage.used + amount > capacity or amount > limits.max_unit:
            return False
    return True


def _traits_together(question: Question, choice: Choice) -> bool:
    for group in question.groups:
        if not group.suffix:
            nodes = [node for suffix, _, node in choice if not suffix]
            traits = frozenset().union(*(node.traits for node in nodes))
            if not all(traits & wanted for wanted in group.required):
                return False
    return True


def _isolated(question: Question, choice: Choice) -> bool:
    if question.policy is not Policy.ISOLATE:
        return True
    alone = [node.id for suffix, _, node in choice if suffix and _group(question, suffix).resources]
    return len(alone) == len(set(alone))


def _subtree(everyone: dict[int, Node], choice: Choice, suffixes: frozenset[str]) -> bool:
    nodes = [node for suffix, _, node in choice if suffix in suffixes]
    return any(all(_above(everyone, top, node) for node in nodes) for top in nodes)


def _above(everyone: dict[int, Node], top: Node, node: Node) -> bool:
    current: Node | None = node
    while current is not None:
        if current is top:
            return True
        current = everyone[current.parent] if current.parent is not None else None
    return False


def _nesting(choice: Choice) -> bool:
    used = {node.id: node.root for _, _, node in choice}
    return len(set(used.values())) < len(used)
