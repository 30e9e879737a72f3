"""Devices near the guest's memory."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova.scheduler.numa import Ratios, fit
from nova.scheduler.numa.cells import HostCell
from nova.scheduler.numa.near import fit_near, granted
from nova.scheduler.numa.wish import GuestCell, GuestTopology
from nova.scheduler.pci import DeviceWish

ONE, TWO = (GuestTopology((GuestCell(1, 0, 512),) * count) for count in (1, 2))


def cell(number, memory=1024, socket=0):
    return HostCell(id=number, shared=frozenset({0, 1}), memory_mb=memory, socket=socket)


def pool(node, count=1, product="154c"):
    return {"vendor_id": "8086", "product_id": product, "numa_node": node, "count": count}


def wish(policy, count=1, product="154c"):
    return DeviceWish("nic", count, ((("product_id", product), ("vendor_id", "8086")),), policy)


HOST = (cell(0), cell(1), cell(2, socket=1), cell(3, socket=1))


@pytest.mark.parametrize(("guest", "pools", "wishes", "cells"), [
    (ONE, [pool(2)], [wish("required")], [2]),
    (ONE, [pool(2)], [wish("preferred")], [0]),
    (ONE, [pool(None)], [wish("required")], None),
    (ONE, [pool(None)], [wish("legacy")], [0]),
    (ONE, [pool(2)], [wish("legacy")], [2]),
    (ONE, [pool(3)], [wish("socket")], [2]),
    (TWO, [pool(1), pool(3)], [wish("required", 2)], [1, 3]),
    (ONE, [pool(1), pool(3)], [wish("required", 2)], None),
    (TWO, [pool(2)], [wish("required")], [0, 2]),
    (ONE, [pool(1), pool(2, product="1")], [wish("required"), wish("required", product="1")],
     None),
    (TWO, [pool(1), pool(2, product="1")], [wish("required"), wish("required", product="1")],
     [1, 2]),
])
def test_where_a_guest_goes_for_its_devices(guest, pools, wishes, cells):
    found = fit_near(guest, HOST, Ratios(), pools, wishes)
    assert (found and sorted(one.id for one in found)) == cells


@given(
    st.lists(st.sampled_from([256, 1024]), min_size=1, max_size=4),
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from([None, 0, 1, 2, 3]), st.integers(0, 2),
                       st.sampled_from(["a", "b"])), max_size=4),
    st.lists(st.tuples(st.sampled_from(["required", "legacy", "preferred", "socket"]),
                       st.integers(1, 2), st.sampled_from(["a", "b"])), min_size=1, max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_it_is_found_where_trying_everything_finds_it(memory, cells, devices, wished):
    host = tuple(cell(n, mb, socket=n // 2) for n, mb in enumerate(memory))
    guest = GuestTopology((GuestCell(1, 0, 512),) * cells)
    pools = [pool(node, count, product) for node, count, product in devices]
    wishes = [wish(*one) for one in wished]
    bound = [one for one in wishes if one.policy != "preferred"]
    possible = any(
        all(one.memory_mb >= 512 for one in way)
        and granted(host, frozenset(one.id for one in way), pools, bound)
        for way in itertools.permutations(host, cells)
    )
    found = fit_near(guest, host, Ratios(), pools, wishes)
    assert (found is not None) == possible
    if found is not None:
        assert granted(host, frozenset(one.id for one in found), pools, bound)
        assert fit(guest, host, Ratios()) is not None
