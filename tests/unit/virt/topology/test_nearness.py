"""Cells near networks: held against trying every set of cells."""

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from nova.virt.topology.host import CellUse
from nova.virt.topology.nearness import choices, wanted_cells

CELLS = st.frozensets(st.integers(0, 4), min_size=1)


def cell(number: int, *networks: str, tunneled: bool = False) -> CellUse:
    return CellUse(number, physnets=frozenset(networks), tunneled=tunneled)


def test_a_network_is_near_to_the_cells_that_say_so() -> None:
    host = [cell(0, "a", tunneled=True), cell(1, "a", "b"), cell(2)]
    assert wanted_cells({"a", "b"}, False, host) == [{0, 1}, {1}]
    assert wanted_cells((), True, host) == [{0}]


def test_a_network_that_is_near_to_none_is_no_demand() -> None:
    assert wanted_cells({"elsewhere"}, True, [cell(0, "a")]) == []
    assert list(choices([], 1)) == [frozenset()]


@given(st.lists(CELLS, max_size=4), st.integers(0, 4), st.frozensets(st.integers(0, 4)))
def test_all_sets_that_do_and_no_others(
    wanted: list[frozenset[int]], most: int, used: frozenset[int]
) -> None:
    found = list(choices(wanted, most, used))
    for one in found:
        assert used <= one
        assert len(one - used) <= most
        assert all(one & cells for cells in wanted)
    others = sorted(frozenset(range(5)) - used)
    every = chain.from_iterable(combinations(others, n) for n in range(min(most, 5) + 1))
    good = [used | set(one) for one in every if all((used | set(one)) & c for c in wanted)]
    # What does has one of those that were found within.
    assert all(any(small <= one for small in found) for one in good)
