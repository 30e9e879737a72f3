"""What flavor and image may ask of memory nodes and processors, alone and together."""

import pytest

from nova.errors import Invalid, from_wire, to_wire
from nova.virt.contract.numa import ANY, LARGE, SMALL
from nova.virt.topology import cpu_sets
from nova.virt.topology.guest import guest_numa
from nova.virt.topology.kept import guest_from_json, guest_to_json

DEDICATED = {"hw:cpu_policy": "dedicated"}
MIXED = {"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "0"}


def test_a_guest_that_does_not_care():
    assert guest_numa({}, {}, 4, 512) is None
    assert guest_numa({"hw:cpu_policy": "shared"}, {}, 4, 512) is None


def test_even_shares():
    made = guest_numa({"hw:numa_nodes": "2"}, {}, 4, 512)
    assert [(cell.cpus, cell.memory_mb) for cell in made.cells] == [
        (frozenset({0, 1}), 256), (frozenset({2, 3}), 256)]


def test_as_written_by_the_image():
    image = {"hw_numa_nodes": "2", "hw_numa_cpus.0": "0-2", "hw_numa_cpus.1": "3",
             "hw_numa_mem.0": "500", "hw_numa_mem.1": "12"}
    made = guest_numa({}, image, 4, 512)
    assert [(sorted(cell.cpus), cell.memory_mb) for cell in made.cells] == [
        ([0, 1, 2], 500), ([3], 12)]


@pytest.mark.parametrize(("specs", "image", "pinned"), [
    (DEDICATED, {}, {0, 1, 2, 3}),
    ({}, {"hw_cpu_policy": "dedicated"}, {0, 1, 2, 3}),
    ({"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "^0"}, {}, {1, 2, 3}),
    ({"hw:cpu_policy": "mixed", "hw:cpu_realtime": "true", "hw:cpu_realtime_mask": "2-3"}, {},
     {2, 3}),
])
def test_which_processors_are_pinned(specs, image, pinned):
    (cell,) = guest_numa(specs, image, 4, 512).cells
    assert cell.pinned == pinned
    assert cell.cpus == {0, 1, 2, 3} - pinned


@pytest.mark.parametrize(("size", "kib"), [
    ("large", LARGE), ("small", SMALL), ("any", ANY), ("2048", 2048), ("2MB", 2048),
    ("1GiB", 1048576), ("4kB", 4),
])
def test_sizes_of_pages(size, kib):
    (cell,) = guest_numa({"hw:mem_page_size": size}, {}, 1, 512).cells
    assert cell.page_kb == kib


def test_an_image_may_choose_pages_where_the_flavor_lets_it():
    specs, image = {"hw:mem_page_size": "large"}, {"hw_mem_page_size": "2MB"}
    assert guest_numa(specs, image, 1, 512).cells[0].page_kb == 2048


REFUSED = [
    (DEDICATED, {"hw_cpu_policy": "shared"}, "Image property 'hw_cpu_policy' is not permitted"),
    ({"hw:cpu_policy": "shared"}, {"hw_cpu_policy": "dedicated"}, "'hw_cpu_policy' is not"),
    (DEDICATED | {"hw:cpu_thread_policy": "isolate"}, {"hw_cpu_thread_policy": "require"},
     "Image property 'hw_cpu_thread_policy' is not permitted"),
    ({"hw:cpu_thread_policy": "prefer"}, {}, "Cannot set cpu thread pinning policy"),
    ({"hw:cpu_policy": "sometimes"}, {}, "CPU policy requested from"),
    ({"hw:emulator_threads_policy": "isolate"}, {}, "An isolated CPU emulator threads option"),
    ({"hw:emulator_threads_policy": "nowhere"}, {}, "CPU emulator threads option requested"),
    ({"hw:cpu_realtime": "true"}, {}, "Cannot set realtime policy"),
    (DEDICATED | {"hw:cpu_realtime": "true"}, {}, "Use of realtime CPUs requires"),
    ({"hw:cpu_dedicated_mask": "0"}, {}, "without the 'mixed' policy"),
    ({"hw:cpu_policy": "mixed"}, {}, "Dedicated CPU set can be specified from either"),
    (MIXED | {"hw:cpu_dedicated_mask": "0-3"}, {}, "at least 1 pinned vCPU and 1 unpinned"),
    ({"hw:numa_nodes": "2"}, {"hw_numa_nodes": "2"}, "Image property 'hw_numa_nodes'"),
    ({"hw:numa_nodes": "0"}, {}, "The property 'numa_nodes' cannot be '0'"),
    ({"hw:numa_nodes": "3"}, {}, "cannot be evenly distributed"),
    ({"hw:numa_nodes": "2", "hw:numa_cpus.0": "0-1"}, {}, "must be provided for all NUMA nodes"),
    ({"hw:numa_nodes": "1", "hw:numa_cpus.0": "0-4", "hw:numa_mem.0": "512"}, {},
     "CPU number 4 is larger than max 3"),
    ({"hw:numa_nodes": "1", "hw:numa_cpus.0": "0-1", "hw:numa_mem.0": "512"}, {},
     "CPU number 2-3 is not assigned"),
    ({"hw:numa_nodes": "2", "hw:numa_cpus.0": "0-3", "hw:numa_cpus.1": "3",
      "hw:numa_mem.0": "256", "hw:numa_mem.1": "256"}, {}, "CPU number 3 is assigned to two nodes"),
    ({"hw:numa_nodes": "1", "hw:numa_cpus.0": "0-3", "hw:numa_mem.0": "500"}, {},
     "500 MB of memory assigned, but expected 512 MB"),
    ({"hw:mem_page_size": "huge"}, {}, "Invalid memory page size 'huge'"),
    ({}, {"hw_mem_page_size": "large"}, "Page size large forbidden against '<None>'"),
    ({"hw:mem_page_size": "small"}, {"hw_mem_page_size": "2MB"}, "Page size 2MB forbidden"),
    ({"hw:mem_page_size": "large"}, {"hw_mem_page_size": "small"}, "Page size small forbidden"),
    ({"hw:locked_memory": "true"}, {}, "locked_memory value in image or flavor is forbidden"),
    ({"hw:locked_memory": "true", "hw:mem_page_size": "any"}, {"hw_locked_memory": "no"},
     "Conflicting values for hw:locked_memory"),
    ({"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "a-b"}, {}, "Invalid inclusion"),
]


@pytest.mark.parametrize(("specs", "image", "words"), REFUSED)
def test_what_is_refused(specs, image, words):
    with pytest.raises(Invalid) as caught:
        guest_numa(specs, image, 4, 512)
    assert words in caught.value.message
    assert caught.value.code == 400
    # It may happen on a host, too.
    assert from_wire(to_wire(caught.value)).message == caught.value.message


@pytest.mark.parametrize(("text", "cpus"), [
    ("0-3,^2", {0, 1, 3}), ("1, 4", {1, 4}), ("^0", set()), ("", set()),
])
def test_lists_of_processors(text, cpus):
    assert cpu_sets.parse(text) == cpus


@pytest.mark.parametrize("text", ["a", "3-1", "^x", "1-", "-1"])
def test_lists_that_cannot_be_read(text):
    with pytest.raises(Invalid):
        cpu_sets.parse(text)


def test_the_shortest_way_to_write_them():
    assert cpu_sets.written({5, 1, 2, 3, 8, 9}) == "1-3,5,8-9"


def test_what_is_kept_comes_back():
    made = guest_numa(MIXED | {"hw:numa_nodes": "2", "hw:mem_page_size": "large"}, {}, 4, 512)
    kept = guest_to_json(made, "11111111-0000-4000-8000-000000000001")
    assert kept["nova_object.name"] == "InstanceNUMATopology"
    assert guest_from_json(kept) == made
    assert guest_from_json(None) is None
