"""Cells of guests, and where they fit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova.scheduler.numa import Ratios, fit, read_cells, taken, wished
from nova.scheduler.numa.cells import HostCell, Pages
from nova.scheduler.numa.wish import BadPageSize, GuestCell, GuestTopology
from nova.scheduler.reading import unwrapped

ROOMY = Ratios(cpu=4.0, memory=1.5)
CORES = tuple(frozenset({2 * core, 2 * core + 1}) for core in range(4))


def cell(number=0, **fields):
    """Eight dedicated processors on four cores, four shared, 8 GiB, pages of 4 KiB and 2 MiB."""
    return HostCell(**{
        "id": number, "shared": frozenset(range(8, 12)), "dedicated": frozenset(range(8)),
        "cores": CORES, "memory_mb": 8192,
        "pages": (Pages(4, 1024 * 1024), Pages(2048, 1024)), **fields})


def guest(specs, image=None, vcpus=4, memory_mb=2048):
    return wished(specs, image or {}, vcpus, memory_mb)


@pytest.mark.parametrize(("specs", "image", "expected"), [
    ({}, {}, None),
    ({"hw:cpu_policy": "shared"}, {}, None),
    ({"hw:numa_nodes": "2"}, {}, GuestTopology((GuestCell(2, 0, 1024),) * 2)),
    ({}, {"hw_numa_nodes": 2}, GuestTopology((GuestCell(2, 0, 1024),) * 2)),
    ({"hw:cpu_policy": "dedicated"}, {}, GuestTopology((GuestCell(0, 4, 2048),))),
    ({"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "^0"}, {},
     GuestTopology((GuestCell(1, 3, 2048),))),
    ({"hw:numa_nodes": "2", "hw:numa_cpus.0": "0", "hw:numa_cpus.1": "1-3",
      "hw:numa_mem.0": "512", "hw:numa_mem.1": "1536"}, {},
     GuestTopology((GuestCell(1, 0, 512), GuestCell(3, 0, 1536)))),
    ({"hw:mem_page_size": "large"}, {}, GuestTopology((GuestCell(4, 0, 2048),), pages="large")),
    ({"hw:mem_page_size": "any"}, {"hw_mem_page_size": "2MB"},
     GuestTopology((GuestCell(4, 0, 2048),), pages=2048)),
    ({"hw:mem_page_size": "1GB"}, {"hw_mem_page_size": "2MB"},
     GuestTopology((GuestCell(4, 0, 2048),), pages=1024 * 1024)),
    ({"hw:mem_page_size": "2048"}, {}, GuestTopology((GuestCell(4, 0, 2048),), pages=2048)),
    ({"hw:cpu_policy": "dedicated", "hw:cpu_thread_policy": "isolate",
      "hw:emulator_threads_policy": "isolate"}, {},
     GuestTopology((GuestCell(0, 4, 2048),), threads="isolate", emulator=True)),
])
def test_wishes(specs, image, expected):
    assert guest(specs, image) == expected


def test_an_unreadable_page_size():
    with pytest.raises(BadPageSize):
        guest({"hw:mem_page_size": "huge"})


DEDICATED = {"hw:cpu_policy": "dedicated"}


@pytest.mark.parametrize(("specs", "vcpus", "fields", "fits"), [
    (DEDICATED, 8, {}, True),
    (DEDICATED, 9, {}, False),
    (DEDICATED, 8, {"pinned": frozenset({3})}, False),
    ({**DEDICATED, "hw:cpu_thread_policy": "isolate"}, 4, {}, True),
    ({**DEDICATED, "hw:cpu_thread_policy": "isolate"}, 5, {}, False),
    ({**DEDICATED, "hw:cpu_thread_policy": "isolate"}, 4, {"pinned": frozenset({0})}, False),
    ({**DEDICATED, "hw:cpu_thread_policy": "isolate"}, 8, {"cores": ()}, True),
    ({**DEDICATED, "hw:cpu_thread_policy": "require"}, 8, {}, True),
    ({**DEDICATED, "hw:cpu_thread_policy": "require"}, 7, {"pinned": frozenset({0})}, False),
    ({**DEDICATED, "hw:emulator_threads_policy": "isolate"}, 8, {}, False),
    ({"hw:numa_nodes": "1"}, 4, {"cpu_usage": 12}, True),
    ({"hw:numa_nodes": "1"}, 4, {"cpu_usage": 13}, False),
    ({"hw:numa_nodes": "1"}, 5, {}, False),
    ({"hw:numa_nodes": "1"}, 4, {"memory_usage": 10240}, True),
    ({"hw:numa_nodes": "1"}, 4, {"memory_usage": 10241}, False),
    ({"hw:numa_nodes": "1"}, 4, {"memory_mb": 2000}, False),
    ({"hw:mem_page_size": "large"}, 4, {}, True),
    ({"hw:mem_page_size": "large"}, 4, {"pages": (Pages(4, 10**9), Pages(2048, 1023))}, False),
    ({"hw:mem_page_size": "small"}, 4, {"pages": (Pages(4, 1), Pages(2048, 4096))}, False),
    ({"hw:mem_page_size": "any"}, 4, {"pages": (Pages(4, 1), Pages(2048, 1024))}, True),
    ({"hw:mem_page_size": "1GB"}, 4, {}, False),
    ({"hw:mem_page_size": "3MB"}, 4, {"pages": (Pages(3072, 4096),)}, False),
])
def test_fits(specs, vcpus, fields, fits):
    found = fit(guest(specs, vcpus=vcpus), [cell(**fields)], ROOMY)
    assert (found is not None) is fits


def test_cells_are_matched_in_any_order():
    small, big = cell(0, memory_mb=600), cell(1, memory_mb=4096)
    asked = GuestTopology((GuestCell(1, 0, 500), GuestCell(1, 0, 500)))
    assert fit(asked, [small, big], Ratios()) == (small, big)
    asked = GuestTopology((GuestCell(1, 0, 2000), GuestCell(1, 0, 500)))
    assert fit(asked, [small, big], Ratios()) == (big, small)
    both_big = GuestTopology((GuestCell(1, 0, 2000), GuestCell(1, 0, 2000)))
    assert fit(both_big, [small, big], Ratios()) is None


@given(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=9),
       st.sampled_from([None, "prefer", "isolate", "require"]))
@settings(max_examples=60, deadline=None)
def test_no_processor_is_given_twice(sizes, threads):
    host = (cell(0), cell(1))
    for size in sizes:
        before = sum(len(one.pinned) for one in host)
        asked = GuestTopology((GuestCell(0, size, 64),), threads=threads)
        possible = fit(asked, host, Ratios()) is not None
        host = taken(asked, host, Ratios())
        gained = sum(len(one.pinned) for one in host) - before
        assert gained >= size if possible else gained == 0
        assert all(one.pinned <= one.dedicated for one in host)


def test_pages_are_used_up():
    asked = guest({"hw:mem_page_size": "2MB"}, memory_mb=2048)
    host = taken(asked, (cell(),), ROOMY)
    assert host[0].pages == (Pages(4, 1024 * 1024), Pages(2048, 0))
    assert fit(asked, host, ROOMY) is None


def test_cells_of_a_row():
    row = {"nova_object.name": "NUMATopology", "nova_object.data": {"cells": [
        {"nova_object.name": "NUMACell", "nova_object.data": {
            "id": 1, "cpuset": [0, 1], "pcpuset": [2, 3], "pinned_cpus": [2], "cpu_usage": 1,
            "memory": 4096, "memory_usage": 512, "siblings": [[2, 3]],
            "mempages": [{"nova_object.data": {
                "size_kb": 2048, "total": 100, "used": 10, "reserved": 5}}],
        }}]}}
    assert read_cells(unwrapped(row)) == (HostCell(
        1, frozenset({0, 1}), frozenset({2, 3}), frozenset({2}), 1, 4096, 512,
        (Pages(2048, 85),), (frozenset({2, 3}),)),)
    assert read_cells(None) == ()
