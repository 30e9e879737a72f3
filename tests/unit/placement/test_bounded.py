"""No request makes the search run away."""

import itertools

import pytest

from nova.placement.db.inventories import Inventory, Usage
from nova.placement.search import candidates, tree
from nova.placement.search.candidates import Settings
from nova.placement.search.mirror import Mirror, Node
from nova.placement.search.question import Group, Policy, Question, Strategy


def cloud(trees: int, devices: int, units: int = 1) -> Mirror:
    """Trees of a root and some devices with class 1."""
    mirror, numbers = Mirror(), itertools.count(1)
    for _ in range(trees):
        root = next(numbers)
        mirror.put(Node(root, f"u{root}", 0, 0, None, root))
        for number in itertools.islice(numbers, devices):
            node = Node(number, f"u{number}", 0, 0, root, root)
            node.stock = {1: Usage(Inventory(units), 0)}
            mirror.put(node)
    return mirror


def groups(count: int, amount: int = 1) -> tuple[Group, ...]:
    return tuple(Group(suffix=str(number), resources={1: amount}) for number in range(count))


class Steps(tree.Patience):
    """Counts what the search does."""

    taken = 0

    def step(self) -> bool:
        Steps.taken += 1
        return super().step()


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    Steps.taken = 0
    monkeypatch.setattr(candidates, "Patience", Steps)


def ask(mirror: Mirror, question: Question, **how: object) -> list[tree.Candidate]:
    return list(candidates.answer(mirror, question, None, Settings(**how)).candidates)


@pytest.mark.parametrize("policy", Policy)
def test_more_groups_than_devices(policy: Policy) -> None:
    assert ask(cloud(100, 8), Question(groups(9), policy=policy)) == []
    assert Steps.taken == 0


def test_a_limit_bounds_the_work() -> None:
    found = ask(cloud(100, 8), Question(groups(8), policy=Policy.ISOLATE, limit=50))
    assert len(found) == 50
    assert Steps.taken < 50 * 8 * 8


def test_without_limit_the_answer_is_bounded_all_the_same() -> None:
    found = ask(cloud(3, 8), Question(groups(8), policy=Policy.ISOLATE))
    assert len(found) == 3 * 1000
    assert Steps.taken < 3 * 1000 * 64


def test_what_counting_does_not_show() -> None:
    """Seven devices of 3 hold 21 units, but no ten times 2."""
    wanted = (*groups(9, 2), Group(suffix="x", resources={1: 3}))
    assert ask(cloud(2, 9, 3), Question(wanted, policy=Policy.NONE)) == []
    assert Steps.taken <= 2 * tree.Patience.TREE


def test_many_hopeless_trees() -> None:
    wanted = (*groups(9, 2), Group(suffix="x", resources={1: 3}))
    assert ask(cloud(2000, 9, 3), Question(wanted, policy=Policy.NONE)) == []
    assert Steps.taken <= 2 * tree.Patience.REQUEST + tree.Patience.TREE


def test_strategies() -> None:
    mirror, question = cloud(3, 2), Question(groups(1), limit=3)
    depth = ask(mirror, question)
    assert [each.chosen[0].root for each in depth] == [1, 1, 4]
    breadth = ask(mirror, question, strategy=Strategy.BREADTH_FIRST)
    assert [each.chosen[0].root for each in breadth] == [1, 4, 7]


def test_the_operator_may_bound_it() -> None:
    assert len(ask(cloud(5, 5), Question(groups(1)), most=7)) == 7
    assert len(ask(cloud(5, 5), Question(groups(1), limit=3), most=7)) == 3
    assert ask(cloud(5, 5), Question(groups(1)), most=0) == []


def test_a_good_tree_after_many_hopeless_ones() -> None:
    wanted = (*groups(9, 2), Group(suffix="x", resources={1: 3}))
    mirror = cloud(50, 9, 3)
    good = Node(9000, "good", 0, 0, None, 9000)
    good.stock = {1: Usage(Inventory(100), 0)}
    mirror.put(good)
    found = ask(mirror, Question(wanted, policy=Policy.NONE))
    assert [candidate.chosen[0] for candidate in found] == [good]
