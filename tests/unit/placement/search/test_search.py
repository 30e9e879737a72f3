"""The search finds exactly what trying everything finds."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova.placement.db.inventories import Inventory, Usage
from nova.placement.search import candidates
from nova.placement.search.candidates import Settings
from nova.placement.search.mirror import Mirror, Node
from nova.placement.search.question import Group, Policy, Question, Strategy
from tests.unit.placement.search import brute_force

SHARES = 9
CLASSES = (0, 1)
TRAITS = (1, 2, 3)
AGGREGATES = ("a", "b")

inventories = st.sampled_from(
    [
        Usage(Inventory(total, reserved, least, most, step, ratio), used)
        for total, reserved, least, most, step, ratio, used in [
            (8, 0, 1, 99, 1, 1.0, 0), (4, 0, 1, 99, 1, 1.0, 0), (4, 0, 1, 3, 1, 1.0, 0),
            (6, 2, 1, 99, 1, 1.0, 1), (3, 0, 1, 99, 1, 1.5, 1), (8, 0, 2, 99, 2, 1.0, 2),
            (2, 0, 1, 99, 1, 1.0, 0), (2, 0, 1, 1, 1, 16.0, 30), (1, 1, 1, 99, 1, 1.0, 0),
        ]
    ]
)  # fmt: skip


@st.composite
def clouds(draw: st.DrawFn) -> list[Node]:
    """Up to three trees of up to four providers, some of which share."""
    nodes: list[Node] = []
    for _ in range(draw(st.integers(1, 3))):
        tree: list[Node] = []
        for _ in range(draw(st.integers(1, 4))):
            number = len(nodes) + 1
            parent = draw(st.sampled_from(tree)).id if tree else None
            node = Node(number, f"u{number}", 0, 0, parent, tree[0].id if tree else number)
            node.stock = draw(st.dictionaries(st.sampled_from(CLASSES), inventories, min_size=1))
            node.traits = draw(st.frozensets(st.sampled_from([*TRAITS, SHARES]), max_size=3))
            node.aggregates = draw(st.frozensets(st.sampled_from(AGGREGATES), max_size=2))
            tree.append(node)
            nodes.append(node)
    return nodes


def rarely(strategy: st.SearchStrategy, otherwise: object) -> st.SearchStrategy:
    return st.integers(0, 5).flatmap(lambda n: strategy if n == 0 else st.just(otherwise))


resources = st.dictionaries(
    st.sampled_from(CLASSES), st.sampled_from([1, 1, 2]), min_size=1, max_size=2
)
some_traits = st.frozensets(st.sampled_from(TRAITS), min_size=1, max_size=2)
some_aggregates = st.frozensets(st.sampled_from(AGGREGATES), min_size=1, max_size=2)
trees = st.integers(1, 8).map(lambda number: f"u{number}")


def groups(suffix: str, wanted: st.SearchStrategy = resources) -> st.SearchStrategy:
    return st.builds(
        Group,
        suffix=st.just(suffix),
        resources=wanted,
        required=rarely(st.lists(some_traits, max_size=2).map(tuple), ()),
        forbidden=rarely(some_traits, frozenset()),
        member_of=rarely(st.lists(some_aggregates, max_size=2).map(tuple), ()),
        forbidden_aggregates=rarely(st.frozensets(st.just("b")), frozenset()),
        in_tree=rarely(trees, None),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    asked = []
    suffixes = draw(st.sampled_from([(), ("1",), ("1", "2"), ("1", "2", "3")]))
    if not suffixes or draw(st.booleans()):
        asked.append(draw(groups("")))
    asked += [draw(groups(suffix)) for suffix in suffixes]
    subtrees: tuple[frozenset[str], ...] = ()
    if suffixes and draw(st.booleans()):
        tied = draw(st.frozensets(st.sampled_from(suffixes), min_size=1))
        if draw(st.booleans()):
            asked.append(draw(groups("r", st.just({}))))
            tied |= {"r"}
        subtrees = (tied,)
    return Question(
        groups=tuple(asked),
        policy=draw(st.sampled_from(Policy)),
        root_required=draw(rarely(st.frozensets(st.sampled_from(TRAITS), max_size=1), frozenset())),
        root_forbidden=draw(rarely(st.frozensets(st.just(3)), frozenset())),
        same_subtree=subtrees,
        nested=draw(st.sampled_from([True, True, True, False])),
        mapped=draw(st.booleans()),
    )


def mirrored(nodes: list[Node]) -> Mirror:
    mirror = Mirror()
    for node in nodes:
        mirror.put(node)
    return mirror


def found(mirror: Mirror, question: Question, **how: object) -> list[object]:
    answer = candidates.answer(mirror, question, SHARES, Settings(**how))
    return [_key(question, candidate) for candidate in answer.candidates]


def _key(question: Question, candidate: object) -> object:
    choice = tuple(
        (slot.suffix, None if slot.suffix else slot.demands[0][0], node)
        for slot, node in zip(candidate.slots, candidate.chosen, strict=True)
    )
    return brute_force.key(question, choice)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(clouds(), questions())
def test_finds_what_trying_everything_finds(nodes: list[Node], question: Question) -> None:
    expected = brute_force.search(nodes, question, SHARES)
    mirror = mirrored(nodes)
    for strategy in Strategy:
        ours = found(mirror, question, strategy=strategy)
        assert len(ours) == len(set(ours))
        assert set(ours) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(clouds(), questions(), st.integers(1, 5), st.data())
def test_a_limit_only_cuts(
    nodes: list[Node], question: Question, most: int, data: st.DataObject
) -> None:
    expected = brute_force.search(nodes, question, SHARES)
    ours = found(mirrored(nodes), question, most=most, randomize=data.draw(st.booleans()))
    assert len(ours) == min(most, len(expected))
    assert set(ours) <= expected


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(clouds(), clouds(), questions())
def test_a_mirror_forgets_what_it_held(
    before: list[Node], nodes: list[Node], question: Question
) -> None:
    """Asked in between, because answers are kept and must follow the changes."""
    mirror = mirrored(before)
    found(mirror, question)
    for node in before[len(nodes) :]:
        mirror.drop(node.id)
    for node in nodes:
        mirror.put(node)
    assert set(found(mirror, question)) == brute_force.search(nodes, question, SHARES)
