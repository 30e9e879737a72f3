"""Where guests go on hosts: held against trying everything on small ones."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova.virt.contract.numa import LARGE, GuestCell, GuestNuma
from nova.virt.topology.fit import Terms, _fits, core_threads, place
from nova.virt.topology.host import CellUse, PageUse, used_by
from nova.virt.topology.kept import guest_from_json, guest_to_json


def cell(number: int, cpus: int = 4, memory: int = 1024, **more) -> CellUse:
    mine = frozenset(range(number * 100, number * 100 + cpus))
    cores = tuple(frozenset({c, c + 1}) for c in sorted(mine)[::2])
    return CellUse(number, shared=frozenset({number * 100 + 50}), dedicated=mine,
                   memory_mb=memory, cores=cores, **more)


def pinned(*sizes: int, memory: int = 64, threads: str | None = None, **more) -> GuestNuma:
    cells, first = [], 0
    for size in sizes:
        cells.append(GuestCell(frozenset(), frozenset(range(first, first + size)), memory))
        first += size
    return GuestNuma(tuple(cells), policy="dedicated", threads=threads, **more)


def test_each_cell_of_the_guest_has_one_of_the_host():
    placed = place(pinned(2, 4), [cell(0, 2), cell(1)], Terms())
    assert [part.host_cell for part in placed.cells] == [0, 1]
    assert place(pinned(2, 4, 1), [cell(0), cell(1)], Terms()) is None


def test_threads_together_apart_or_only_together():
    assert set(place(pinned(2), [cell(0)], Terms()).pins.values()) == {0, 1}
    apart = place(pinned(2, threads="isolate"), [cell(0)], Terms())
    assert set(apart.pins.values()) == {0, 2}
    (after,) = used_by([cell(0)], [apart])
    assert after.taken == {0, 1, 2, 3}
    plain = CellUse(0, dedicated=frozenset(range(4)), memory_mb=64)
    assert place(pinned(2, threads="require"), [plain], Terms()) is None
    assert place(pinned(2, threads="require"), [cell(0)], Terms()).placed


def test_the_emulator_has_a_processor_of_its_own():
    assert place(pinned(4, emulator="isolate"), [cell(0)], Terms()) is None
    placed = place(pinned(3, emulator="isolate"), [cell(0)], Terms())
    assert len(placed.reserved) == 1
    assert not placed.reserved & set(placed.pins.values())


def test_pages_are_used_up():
    host = [cell(0, pages=(PageUse(4, 1000), PageUse(2048, 64, reserved=16)))]
    guest = GuestNuma((GuestCell(frozenset({0}), frozenset(), 64, LARGE),))
    first = place(guest, host, Terms())
    assert first.cells[0].page_kb == 2048
    after = used_by(host, [first])
    assert after[0].pages[1].free == 16
    assert place(guest, after, Terms(cpu_ratio=4)) is None


def test_ratios_let_floating_processors_and_memory_be_given_twice():
    guest = GuestNuma((GuestCell(frozenset({0}), frozenset(), 600),))
    host = [cell(0)]
    used = used_by(host, [place(guest, host, Terms())])
    assert place(guest, used, Terms()) is None
    assert place(guest, used, Terms(cpu_ratio=2, memory_ratio=2)).placed


def test_spread_or_pack():
    host = used_by([cell(0), cell(1)], [place(pinned(1), [cell(0)], Terms())])
    assert place(pinned(1), host, Terms()).cells[0].host_cell == 1
    assert place(pinned(1), host, Terms(packing=True)).cells[0].host_cell == 0


def test_cells_that_must_be_used():
    host = [cell(n) for n in range(4)]
    placed = place(pinned(1, 1), host, Terms(), among=(3,))
    assert 3 in {part.host_cell for part in placed.cells}
    assert place(pinned(1), host, Terms(), among=(1, 2)) is None


SIZES = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=4)


@given(host=SIZES, guest=SIZES, among=st.sets(st.integers(0, 3), max_size=2))
@settings(max_examples=300, deadline=None)
def test_as_good_as_trying_everything(host, guest, among):
    cells = [cell(n, cpus, 64 * memory) for n, (cpus, memory) in enumerate(host)]
    among = {one for one in among if one < len(cells)}
    parts, first = [], 0
    for cpus, memory in guest:
        parts.append(GuestCell(frozenset(), frozenset(range(first, first + cpus)), 64 * memory))
        first += cpus
    wanted = GuestNuma(tuple(parts), policy="dedicated")
    possible = any(
        all(_fits(wanted, n, one, Terms()) for n, one in enumerate(order))
        and among <= {one.id for one in order}
        for order in permutations(cells, len(parts))
    )
    placed = place(wanted, cells, Terms(), among=among)
    assert (placed is not None) == possible
    if placed is not None:
        used = [part.host_cell for part in placed.cells]
        assert len(set(used)) == len(used)
        assert among <= set(used)
        assert len(set(placed.pins.values())) == len(placed.pins)


@pytest.mark.parametrize(("sizes", "threads", "found"), [
    ((4,), None, [2]), ((2,), "require", [2]), ((3,), None, [1]), ((4, 2), None, [2, 2]),
    ((4, 1), None, [2, 1]), ((2,), "isolate", [1]),
])  # fmt: skip
def test_threads_of_a_core_are_told(sizes, threads, found):
    placed = place(pinned(*sizes, threads=threads), [cell(0), cell(1)], Terms())
    assert [part.core_threads for part in placed.cells] == found
    assert placed.core_threads == min(found)
    assert guest_from_json(guest_to_json(placed, "u")) == placed


@pytest.mark.parametrize(("pins", "threads"), [
    ({0: 0, 1: 1, 2: 2, 3: 3}, 2), ({0: 0, 1: 2, 2: 1, 3: 3}, 1), ({1: 0, 2: 1}, 1),
    ({2: 2, 3: 3}, 2), ({0: 0, 1: 9}, 1), ({0: 8, 1: 9}, 1), ({}, 1),
    ({0: 4, 1: 5, 2: 6, 3: 7}, 4),
])  # fmt: skip
def test_only_neighbours_count_as_threads(pins, threads):
    cores = (frozenset({0, 1}), frozenset({2, 3}), frozenset({4, 5, 6, 7}))
    assert core_threads(pins, cores) == threads
