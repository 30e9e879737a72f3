"""PCI devices that placement chooses: each server gets just those that it claimed there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from nova.compute.inventory.devices import provider_of
from nova.objects.flavor import Flavor
from nova.virt.contract.pci import PciDevice
from nova.virt.fake.hardware import cells_of
from nova.virt.fake.hypervisor import Size
from nova.virt.pci.wishes import wishes_from_json
from nova.virt.topology.kept import guest_from_json
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

# The first two are at the first memory node, which has no room for a big guest.
CARDS = tuple(
    PciDevice(f"0000:81:0{number}.0", "10de", "1db4", numa_node=number // 2) for number in range(4)
)
BY_ADDRESS = {card.address: card for card in CARDS}
PLAIN = Size(vcpus=16, memory_mb=8192, disk_gb=1000)
SIZE = Size(vcpus=16, memory_mb=8192, disk_gb=1000, cells=cells_of(PLAIN, 2), pci_devices=CARDS)
ADMIN = f"admin:{PROJECT}"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(size=SIZE, options={
        "quota__instances": -1, "quota__cores": -1,
        "pci__device_spec": [json.dumps({"vendor_id": "10de", "product_id": "1db4"})],
        "pci__alias": [json.dumps({"name": "gpu", "vendor_id": "10de", "product_id": "1db4"})],
        "pci__report_in_placement": True, "filter_scheduler__pci_in_placement": True,
        "filter_scheduler__enabled_filters": [
            "ComputeFilter", "NUMATopologyFilter", "PciPassthroughFilter"]})
    near = {"hw:numa_nodes": "1", "hw:pci_numa_affinity_policy": "required"}
    for name, mb, specs in (("plain", 256, {}), ("near", 256, near), ("big", 3072, near)):
        made.stores.api.flavors.create(Flavor(
            flavorid=name, name=name, memory_mb=mb, vcpus=1, root_gb=1, ephemeral_gb=0, swap=0,
            rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, description=None,
            extra_specs={"pci_passthrough:alias": "gpu:1", **specs}))
    made.stores.api.flavors.create(Flavor(
        flavorid="filler", name="filler", memory_mb=2048, vcpus=1, root_gb=1, ephemeral_gb=0,
        swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, description=None,
        extra_specs={"hw:numa_nodes": "1"}))
    made.start()
    yield made
    made.stop()


def until_empty(cloud: Cloud) -> None:
    snapshot = cloud.scheduler.endpoint.snapshot
    limit = cloud.clock.monotonic() + 20
    while any(cell.memory_usage for cell in snapshot.all()[0].numa_cells) or (
            snapshot.all()[0].free_pci_devices < len(CARDS)):
        assert cloud.clock.monotonic() < limit
        cloud.clock.sleep(0.05)
        snapshot.refresh()


@pytest.fixture
def boot(cloud: Cloud) -> Iterator[Any]:
    made: list[str] = []

    def boot(flavor: str, count: int = 1, status: str = "ACTIVE") -> list[Any]:
        servers = cloud.boot_all(count, status, flavorRef=flavor)
        made.extend(one["id"] for one in servers)
        return servers

    yield boot
    cloud.end(made)
    until_empty(cloud)


def card(cloud: Cloud, uuid: str) -> PciDevice:
    """The one that the server has; it is the one that it holds in placement."""
    record = cloud.stores.cell(CELL1_UUID).instances.get(uuid)
    [wish] = wishes_from_json(record.pci_requests)
    [device] = wish.devices
    found = BY_ADDRESS[device.address]
    assert provider_of("host1", found) in cloud.placement_state.consumers[uuid].resources
    return found


def test_servers_of_one_request_have_the_cards_that_they_claimed(cloud: Cloud, boot: Any) -> None:
    servers = boot("plain", 4)
    assert {card(cloud, one["id"]).address for one in servers} == set(BY_ADDRESS)


def test_a_way_with_a_far_card_is_passed_by(cloud: Cloud, boot: Any) -> None:
    # The first memory node has 4096 MiB, and most of them go to others.
    first = boot("filler")[0]
    cell = guest_from_json(
        cloud.stores.cell(CELL1_UUID).instances.get(first["id"]).numa_topology).cells[0].host_cell
    for _ in range(2):
        [server] = boot("big")[-1:]
        assert card(cloud, server["id"]).numa_node == 1 - cell
        cloud.request("DELETE", f"/servers/{server['id']}", token=ADMIN)
        cloud.wait(server["id"], "GONE")
        # Its memory has to be seen as free again.
        limit = cloud.clock.monotonic() + 20
        snapshot = cloud.scheduler.endpoint.snapshot
        while sum(c.memory_usage for c in snapshot.all()[0].numa_cells) > 2048:
            assert cloud.clock.monotonic() < limit
            cloud.clock.sleep(0.05)
            snapshot.refresh()


def test_a_plan_knows_where_its_cards_are(cloud: Cloud, boot: Any) -> None:
    """Two free cards are at one memory node, which has room for one big server only."""
    first = boot("plain", 2)
    assert {card(cloud, one["id"]).numa_node for one in first} == {0}
    limit = cloud.clock.monotonic() + 20
    snapshot = cloud.scheduler.endpoint.snapshot
    while snapshot.all()[0].free_pci_devices != 2:
        assert cloud.clock.monotonic() < limit
        cloud.clock.sleep(0.05)
        snapshot.refresh()
    for server in boot("big", 2, "ERROR"):
        assert "No valid host" in server["fault"]["message"]


def test_no_way_is_left(cloud: Cloud, boot: Any) -> None:
    near = boot("near", 4)
    assert sorted(card(cloud, one["id"]).address for one in near) == sorted(BY_ADDRESS)
    [server] = boot("near", 1, "ERROR")[-1:]
    assert "No valid host" in server["fault"]["message"]
