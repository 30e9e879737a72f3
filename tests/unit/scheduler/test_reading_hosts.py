"""What computes write of their cells and devices is what the scheduler reads."""

import json

from nova.objects.host import ComputeNode
from nova.scheduler import pci
from nova.scheduler.numa.cells import HostCell, Pages
from nova.scheduler.reading import host_state
from nova.virt.topology.host import CellUse, PageUse
from nova.virt.topology.kept import as_object, host_to_json
from tests.unit.scheduler.cloud import compute_node
from tests.unit.scheduler.making import NOW


def state(**fields):
    """Through the text that the database keeps."""
    kept = {name: json.loads(json.dumps(value)) for name, value in fields.items()}
    row: ComputeNode = compute_node("n1", "h1", 8, 16384, 100, NOW, kept)
    return host_state(row, "c1", {})


def test_memory_nodes():
    told = CellUse(
        id=1, shared=frozenset({0, 1}), dedicated=frozenset({2, 3}), taken=frozenset({2}),
        cpu_usage=1, memory_mb=4096, memory_usage=512, cores=(frozenset({2, 3}),), socket=0,
        pages=(PageUse(size_kb=2048, total=100, used=10, reserved=5),),
    )
    assert state(numa_topology=host_to_json([told])).numa_cells == (HostCell(
        1, frozenset({0, 1}), frozenset({2, 3}), frozenset({2}), 1, 4096, 512,
        (Pages(2048, 85),), (frozenset({2, 3}),), 0),)


def test_pools_of_devices():
    pool = {"vendor_id": "8086", "product_id": "154c", "numa_node": 0, "count": 3,
            "tags": {"dev_type": "type-VF", "physical_network": "blue"}}
    wrapped = as_object("PciDevicePoolList", "1.1", {
        "objects": [as_object("PciDevicePool", "1.1", pool)]})
    found = state(pci_stats=wrapped)
    assert found.free_pci_devices == 3
    wish = pci.DeviceWish("nic", 2, ((("physical_network", "blue"), ("product_id", "154c")),))
    assert pci.available(found.pci_pools, wish) == 3
