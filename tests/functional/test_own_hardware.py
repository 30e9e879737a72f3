"""Servers that have processors, memory pages and PCI devices of their host for themselves."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from nova.clients.network.contract import PortDraft, PortQuery
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from nova.db.cell.pci_devices import pci_devices
from nova.objects.flavor import Flavor
from nova.virt.contract.numa import HostPages
from nova.virt.contract.pci import VIRTUAL, PciDevice
from nova.virt.fake.hardware import cells_of
from nova.virt.fake.hypervisor import Size
from nova.virt.pci.wishes import wishes_from_json
from nova.virt.topology.kept import guest_from_json, opened
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

VFS = tuple(
    PciDevice(f"0000:0a:02.{n}", "8086", "154c", VIRTUAL, 0, "0000:0a:00.0") for n in range(2)
)
CARDS = tuple(
    PciDevice(f"0000:81:0{n}.0", "10de", "1db4", numa_node=n % 2) for n in range(4)
)
PLAIN = Size(vcpus=16, memory_mb=8192, disk_gb=1000)
SIZE = Size(
    vcpus=16, memory_mb=8192, disk_gb=1000, pci_devices=(*CARDS, *VFS),
    cells=cells_of(PLAIN, 2, threads=2, huge=(HostPages(2048, 1024),)),
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    options = {
        "compute__cpu_shared_set": "0-1,8-9",
        "compute__cpu_dedicated_set": "2-7,10-15",
        "pci__device_spec": [
            json.dumps({"vendor_id": "10de", "product_id": "1db4"}),
            json.dumps({"product_id": "154c", "physical_network": "physnet1"}),
        ],
        "pci__alias": [json.dumps({"name": "gpu", "vendor_id": "10de", "product_id": "1db4"})],
        "filter_scheduler__enabled_filters": [
            "ComputeFilter", "NUMATopologyFilter", "PciPassthroughFilter"],
    }
    made = Cloud(size=SIZE, options=options).start()
    yield made
    made.stop()


def flavor(cloud: Cloud, name: str, specs: dict[str, str], vcpus: int = 2, mb: int = 512) -> str:
    made = Flavor(
        flavorid=name, name=name, memory_mb=mb, vcpus=vcpus, root_gb=1, ephemeral_gb=0, swap=0,
        rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, description=None,
        extra_specs=specs)
    cloud.stores.api.flavors.create(made)
    return name


def record(cloud: Cloud, uuid: str) -> Any:
    return cloud.stores.cell(CELL1_UUID).instances.get(uuid)


def numa(cloud: Cloud, uuid: str) -> Any:
    return guest_from_json(record(cloud, uuid).numa_topology)


def boot(cloud: Cloud, flavor_id: str, status: str = "ACTIVE") -> str:
    reply = cloud.boot(flavorRef=flavor_id)
    assert reply.status == 202, reply.body
    uuid: str = reply.body["server"]["id"]
    cloud.wait(uuid, status)
    return uuid


def end(cloud: Cloud, *uuids: str) -> None:
    for uuid in uuids:
        assert cloud.request("DELETE", f"/servers/{uuid}").status == 204
    for uuid in uuids:
        limit = cloud.clock.monotonic() + 20
        while cloud.show(uuid)["status"] != "GONE":
            assert cloud.clock.monotonic() < limit
            cloud.clock.sleep(0.02)
    seen(cloud)


def seen(cloud: Cloud) -> None:
    """Until the scheduler has heard what the host says by itself."""
    limit = cloud.clock.monotonic() + 20
    seams = cloud.computes["host1"]._seams
    held = seams.books.of(seams.driver.inventory.facts("host1"))
    true = {cell.id: len(cell.taken) for cell in held.cells}, len(held.ledger.free)
    while True:
        cloud.scheduler.endpoint.snapshot.refresh()
        (host,) = cloud.scheduler.endpoint.snapshot.all()
        pinned = {cell.id: len(cell.pinned) for cell in host.numa_cells}
        if (pinned, host.free_pci_devices) == true:
            return
        assert cloud.clock.monotonic() < limit
        cloud.clock.sleep(0.02)


def test_pinned_servers_share_no_processor(cloud: Cloud) -> None:
    name = flavor(cloud, "pinned", {"hw:cpu_policy": "dedicated"}, vcpus=3)
    uuids = [boot(cloud, name) for _ in range(4)]
    pins = [set(numa(cloud, uuid).pins.values()) for uuid in uuids]
    assert all(len(one) == 3 for one in pins)
    assert len(set.union(*pins)) == 12
    # All twelve are taken: the next one finds no place, and what ends gives its own back.
    full = boot(cloud, name, "ERROR")
    end(cloud, uuids[0], full)
    again = boot(cloud, name)
    assert set(numa(cloud, again).pins.values()) == pins[0]
    end(cloud, again, *uuids[1:])


def test_the_node_tells_what_is_taken(cloud: Cloud) -> None:
    name = flavor(
        cloud, "two-nodes",
        {"hw:cpu_policy": "dedicated", "hw:numa_nodes": "2", "hw:mem_page_size": "large"})
    uuid = boot(cloud, name)
    cells = numa(cloud, uuid).cells
    assert sorted(cell.host_cell for cell in cells) == [0, 1]
    assert [cell.page_kb for cell in cells] == [2048, 2048]
    reply = cloud.request("GET", f"/servers/{uuid}/topology", token=f"admin:{PROJECT}")
    assert [one["host_node"] for one in reply.body["nodes"]] == [c.host_cell for c in cells]
    assert reply.body["pagesize_kb"] == 2048
    cloud.computes["host1"]._resources()
    (node,) = cloud.stores.cell(CELL1_UUID).nodes.find(host="host1")
    told = [opened(cell) for cell in opened(node.numa_topology)["cells"]]
    assert [len(cell["pinned_cpus"]) for cell in told] == [1, 1]
    assert [opened(cell["mempages"][1])["used"] for cell in told] == [128, 128]
    end(cloud, uuid)
    cloud.computes["host1"]._resources()
    (node,) = cloud.stores.cell(CELL1_UUID).nodes.find(host="host1")
    told = [opened(cell) for cell in opened(node.numa_topology)["cells"]]
    assert [cell["pinned_cpus"] for cell in told] == [[], []]


def test_placement_knows_pinned_from_floating(cloud: Cloud) -> None:
    (node,) = cloud.stores.cell(CELL1_UUID).nodes.find(host="host1")
    found = cloud.placement.facts.inventories(admin_context(), node.uuid).inventories
    assert (found["VCPU"].total, found["PCPU"].total) == (4, 12)
    assert found["PCPU"].allocation_ratio == 1.0


def test_devices_are_nobody_elses(cloud: Cloud) -> None:
    name = flavor(cloud, "gpu", {"pci_passthrough:alias": "gpu:1"}, vcpus=1)
    uuids = [boot(cloud, name) for _ in range(4)]
    got = [d.address for uuid in uuids
           for wish in wishes_from_json(record(cloud, uuid).pci_requests) for d in wish.devices]
    assert sorted(got) == [card.address for card in CARDS]
    fifth = boot(cloud, name, "ERROR")
    cloud.computes["host1"]._resources()
    rows = device_rows(cloud)
    assert {rows[a].instance_uuid for a in got} == set(uuids)
    assert {rows[a].status for a in got} == {"allocated"}
    assert {rows[vf.address].status for vf in VFS} == {"available"}
    end(cloud, fifth, *uuids)


def device_rows(cloud: Cloud) -> dict[str, Any]:
    database = cloud.stores.cell(CELL1_UUID).database
    query = select(pci_devices).where(pci_devices.c.deleted == 0)
    found = database.read(lambda connection: connection.execute(query).all())
    return {row.address: row for row in found}


def test_a_device_near_the_guests_memory(cloud: Cloud) -> None:
    specs = {"pci_passthrough:alias": "gpu:2", "hw:cpu_policy": "dedicated",
             "hw:pci_numa_affinity_policy": "required"}
    uuid = boot(cloud, flavor(cloud, "near", specs))
    (cell,) = numa(cloud, uuid).cells
    (wish,) = wishes_from_json(record(cloud, uuid).pci_requests)
    nodes = {card.address: card.numa_node for card in CARDS}
    assert {nodes[device.address] for device in wish.devices} == {cell.host_cell}
    end(cloud, uuid)


def test_claims_at_the_same_moment(cloud: Cloud) -> None:
    """Behind the scheduler's back: the books alone keep servers apart."""
    books = cloud.computes["host1"]._seams.books
    name = flavor(cloud, "race", {"hw:cpu_policy": "dedicated"}, vcpus=1)
    uuid = boot(cloud, name)
    pattern = record(cloud, uuid)
    end(cloud, uuid)
    results: list[dict[str, Any]] = []

    def claim(number: int) -> None:
        mine = pattern.obj_clone()
        mine.uuid = f"00000000-0000-4000-8000-0000000000{number:02d}"
        results.append(books.claim(mine, {}))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pins = [cpu for got in results
            for cpu in guest_from_json(got["numa_topology"]).pins.values()]
    assert sorted(pins) == [2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15]
    for number in range(12):
        books.release(f"00000000-0000-4000-8000-0000000000{number:02d}")


def test_a_new_process_knows_what_was_given(cloud: Cloud) -> None:
    name = flavor(cloud, "lasting", {"hw:cpu_policy": "dedicated"}, vcpus=4)
    first = boot(cloud, name)
    cloud.computes["host1"].stop()
    cloud.start_compute("host1")
    second = boot(cloud, name)
    assert not set(numa(cloud, first).pins.values()) & set(numa(cloud, second).pins.values())
    end(cloud, first, second)


def test_ports_that_are_devices(cloud: Cloud) -> None:
    """Each has a part of a card on its physical network, and says so to the network service."""
    network = cloud.network_state.add_network(
        PROJECT, "fast", "192.168.9.0/24", physical_network="physnet1", network_type="vlan")
    ports = NetworkMemory(cloud.network_state).ports
    draft = PortDraft(
        network_id=network.id, project_id=PROJECT, device_id="", device_owner="",
        vnic_type="direct")
    made = ports.create(admin_context(), [draft] * 3)

    def profile(port_id: str) -> Any:
        (port,) = ports.list(admin_context(), PortQuery(ids=(port_id,)))
        return port.profile

    uuids = []
    for port, status in zip(made, ("ACTIVE", "ACTIVE", "ERROR"), strict=True):
        reply = cloud.boot(networks=[{"port": port.id}])
        assert reply.status == 202, reply.body
        uuids.append(reply.body["server"]["id"])
        cloud.wait(uuids[-1], status)
    bound = [profile(port.id) for port in made]
    assert sorted(one["pci_slot"] for one in bound[:2]) == [one.address for one in VFS]
    assert {one["physical_network"] for one in bound[:2]} == {"physnet1"}
    assert {one["pci_vendor_info"] for one in bound[:2]} == {"8086:154c"}
    assert "pci_slot" not in bound[2]
    end(cloud, *uuids)
    assert "pci_slot" not in profile(made[0].id)


@pytest.mark.parametrize(("facts", "status"), [
    # The first of its segments that is physical.
    ({"segments": ((None, "vxlan"), ("physnet1", "vlan"))}, "ACTIVE"),
    # All parts of cards are on a physical network.
    ({"network_type": "vxlan"}, "ERROR"),
    ({"physical_network": "physnet2", "network_type": "vlan"}, "ERROR"),
])
def test_a_port_is_a_device_of_its_network_only(
    cloud: Cloud, facts: dict[str, Any], status: str
) -> None:
    network = cloud.network_state.add_network(PROJECT, "other", "192.168.10.0/24", **facts)
    [port] = NetworkMemory(cloud.network_state).ports.create(admin_context(), [PortDraft(
        network_id=network.id, project_id=PROJECT, device_id="", device_owner="",
        vnic_type="direct")])
    reply = cloud.boot(networks=[{"port": port.id}])
    assert reply.status == 202, reply.body
    server = cloud.wait(reply.body["server"]["id"], status)
    assert status == "ACTIVE" or "No valid host" in server["fault"]["message"]
    end(cloud, server["id"])


@pytest.mark.parametrize(("threads", "siblings"), [
    (None, [[0, 1], [2, 3]]), ("require", [[0, 1], [2, 3]]), ("isolate", []),
])  # fmt: skip
def test_users_see_which_of_their_processors_share_a_core(
    cloud: Cloud, threads: str | None, siblings: list[list[int]]
) -> None:
    specs = {"hw:cpu_policy": "dedicated"}
    vcpus = 2 if threads == "isolate" else 4
    specs |= {"hw:cpu_thread_policy": threads} if threads else {}
    uuid = boot(cloud, flavor(cloud, f"threads-{threads}", specs, vcpus))
    shown = cloud.request("GET", f"/servers/{uuid}/topology").body
    assert [node["siblings"] for node in shown["nodes"]] == [siblings]
    end(cloud, uuid)
