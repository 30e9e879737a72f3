"""Matching cells, compared with trying everything."""

import itertools
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from nova.scheduler.numa import Ratios, fit
from nova.scheduler.numa.cells import HostCell, Pages
from nova.scheduler.numa.fit import fits
from nova.scheduler.numa.matching import matched
from nova.scheduler.numa.wish import GuestCell, GuestTopology

graphs = st.integers(1, 5).flatmap(lambda hosts: st.lists(
    st.lists(st.integers(0, hosts - 1), unique=True).map(sorted), min_size=1, max_size=4))


def every_way(suits, must=()):
    for way in itertools.product(*suits):
        if len(set(way)) == len(way) and set(must) <= set(way):
            yield list(way)


@given(graphs, st.sets(st.integers(0, 4), max_size=2))
@settings(max_examples=600, deadline=None)
def test_it_is_the_first_of_all_ways(suits, must):
    assert matched(suits, must) == next(every_way(suits, must), None)


cells = st.lists(st.builds(
    HostCell,
    id=st.just(0),
    shared=st.sets(st.integers(0, 3)).map(frozenset),
    dedicated=st.sets(st.integers(4, 7)).map(frozenset),
    pinned=st.sets(st.integers(4, 7)).map(frozenset),
    cpu_usage=st.integers(0, 4),
    memory_mb=st.sampled_from([512, 1024, 2048]),
    memory_usage=st.sampled_from([0, 512]),
    pages=st.sampled_from([(), (Pages(4, 10**6), Pages(2048, 256)), (Pages(4, 10**6),)]),
    cores=st.sampled_from([(), (frozenset({4, 5}), frozenset({6, 7}))]),
), min_size=1, max_size=4).map(lambda found: [
    HostCell(**{**{name: getattr(one, name) for name in HostCell.__slots__}, "id": number})
    for number, one in enumerate(found)])
guests = st.builds(
    GuestTopology,
    cells=st.lists(st.builds(GuestCell, st.integers(0, 2), st.integers(0, 2),
                             st.sampled_from([256, 512, 1024])), min_size=1, max_size=3).map(tuple),
    pages=st.sampled_from([None, "small", "large", "any", 2048]),
    threads=st.sampled_from([None, "isolate", "require"]),
    emulator=st.booleans(),
)


@given(guests, cells, st.sampled_from([Ratios(), Ratios(2.0, 1.5)]))
@settings(max_examples=400, deadline=None)
def test_guests_fit_where_trying_everything_finds_a_place(guest, host, ratios):
    ways = (
        way for way in itertools.permutations(host, len(guest.cells))
        if all(fits(guest, number, cell, ratios) for number, cell in enumerate(way))
    )
    assert fit(guest, host, ratios) == next(ways, None)


def big_host(count=16, memory_mb=8192):
    return tuple(HostCell(id=number, shared=frozenset(range(4)), memory_mb=memory_mb)
                 for number in range(count))


def test_eight_cells_on_sixteen_take_no_time():
    """Trying every order would look at half a thousand million of them."""
    fine = GuestTopology((GuestCell(2, 0, 1024),) * 8)
    hopeless = GuestTopology((*(GuestCell(2, 0, 1024),) * 7, GuestCell(2, 0, 9999)))
    for guest, expected in ((fine, True), (hopeless, False)):
        began = time.process_time()
        assert (fit(guest, big_host(), Ratios()) is not None) is expected
        # The aim is 10 ms; what is not matching takes hours.
        assert time.process_time() - began < 1
