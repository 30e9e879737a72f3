"""What a host says of processors, memory nodes, devices and what its operator added."""

import json
from pathlib import Path
from typing import Any

import pytest

from nova.clients.placement.contract import Allocation, Consumer, Inventory
from nova.compute.inventory.books import HostBooks
from nova.compute.inventory.devices import cards, provider_of, resource_class, traits_of
from nova.compute.inventory.processors import cells_of, reserved_pages, shared_and_dedicated
from nova.compute.inventory.provider import ProviderReport, inventories_of
from nova.compute.inventory.provider_files import Additions, read_additions
from nova.compute.inventory.stock import Stock
from nova.context import admin_context
from nova.errors import ConfigurationFailure
from nova.objects.host import ComputeNode
from nova.servers.errors import NoRoomOnHost
from nova.virt.contract.numa import HostPages
from nova.virt.contract.pci import VIRTUAL, PciDevice
from nova.virt.fake.hardware import cells_of as fake_cells
from nova.virt.fake.hypervisor import Size
from nova.virt.pci.offers import offered, offers_of
from nova.virt.pci.wishes import aliases_of, group_of, wishes_of, wishes_to_json
from nova.virt.topology.guest import guest_numa
from nova.virt.topology.kept import guest_from_json, guest_to_json, opened
from tests import records
from tests.unit.compute.making import HOST, House

CONTEXT = admin_context()
SIZE = Size(vcpus=8, memory_mb=8192, disk_gb=100)
ONLINE = frozenset(range(8))
GPUS = tuple(PciDevice(f"0000:81:0{n}.0", "10de", "1db4", numa_node=n) for n in range(2))
PARTS = tuple(
    PciDevice(f"0000:0a:02.{n}", "8086", "154c", VIRTUAL, 0, "0000:0a:00.0") for n in range(4)
)
SPEC = json.dumps({"vendor_id": "10de", "traits": "CUSTOM_FAST, hw_gpu_api_vulkan,nice"})


class Host:
    """A host with two memory nodes and two cards, that offers them."""

    def __init__(self, *, devices: tuple[PciDevice, ...] = GPUS, **options: Any) -> None:
        self.house = House(**{"pci__device_spec": [SPEC], **options})
        size = Size(vcpus=8, memory_mb=8192, disk_gb=100, pci_devices=devices,
                    cells=fake_cells(SIZE, 2, 2, (HostPages(2048, 512),)))
        self.house.hypervisor.size = size
        self.seams = self.house.made_seams()
        self.books = self.seams.books
        self.report = ProviderReport(
            self.house.conf, self.house.clock, self.house.placement)
        self.stock = Stock(self.seams, self.report)

    def node(self) -> ComputeNode:
        (node,) = self.stock.nodes([], 0)
        return node

    def claim(self, specs: dict[str, str], mappings: Any = None, **more: Any) -> dict[str, Any]:
        server = records.instance(node=HOST, vcpus=2, memory_mb=512, **more)
        server.numa_topology = guest_to_json(guest_numa(specs, {}, 2, 512), server.uuid)
        known = aliases_of(['{"name": "gpu", "vendor_id": "10de", "product_id": "1db4"}'])
        server.pci_requests = wishes_to_json(wishes_of(server.uuid, specs, {}, known))
        return self.books.claim(server, mappings or {}) | {"uuid": server.uuid}


@pytest.mark.parametrize(("options", "shared", "dedicated"), [
    ({}, ONLINE, set()),
    ({"compute__cpu_dedicated_set": "4-7"}, {0, 1, 2, 3}, {4, 5, 6, 7}),
    ({"compute__cpu_shared_set": "0-1"}, {0, 1}, set()),
    ({"vcpu_pin_set": "0-6,^3"}, {0, 1, 2, 4, 5, 6}, set()),
    ({"compute__cpu_shared_set": "0", "compute__cpu_dedicated_set": "2-3"}, {0}, {2, 3}),
])
def test_which_processors_are_for_whom(options, shared, dedicated) -> None:
    assert shared_and_dedicated(House(**options).conf, ONLINE) == (shared, dedicated)


@pytest.mark.parametrize("options", [
    {"compute__cpu_shared_set": "0-3", "compute__cpu_dedicated_set": "3-4"},
    {"compute__cpu_dedicated_set": "9"},
    {"compute__cpu_dedicated_set": "x"},
    {"vcpu_pin_set": "0-1", "compute__cpu_dedicated_set": "2"},
])
def test_processors_that_cannot_be_given(options) -> None:
    with pytest.raises(ConfigurationFailure):
        shared_and_dedicated(House(**options).conf, ONLINE)


def test_pages_that_are_kept_for_the_host() -> None:
    house = House(reserved_huge_pages=[{"node": "1", "size": "2048", "count": "100"}])
    cells = cells_of(house.conf, fake_cells(SIZE, 2, 2, (HostPages(2048, 512),)))
    assert [cell.pages[1].free for cell in cells] == [512, 412]
    with pytest.raises(ConfigurationFailure):
        reserved_pages(House(reserved_huge_pages=[{"node": "1"}]).conf)


def test_the_row_of_a_node_has_what_schedulers_read() -> None:
    host = Host(compute__cpu_dedicated_set="2-3,6-7")
    host.claim({"hw:cpu_policy": "dedicated", "pci_passthrough:alias": "gpu:1"})
    node = host.node()
    told = [opened(cell) for cell in opened(node.numa_topology)["cells"]]
    assert [(cell["cpuset"], cell["pcpuset"], cell["siblings"]) for cell in told] == [
        ([0, 1], [2, 3], [[0, 1], [2, 3]]), ([4, 5], [6, 7], [[4, 5], [6, 7]])]
    assert sorted(len(cell["pinned_cpus"]) for cell in told) == [0, 2]
    pools = [opened(pool) for pool in opened(node.pci_stats)["objects"]]
    assert [pool["count"] for pool in pools] == [0, 1]
    assert node.vcpus == 8
    assert inventories_of(host.house.conf, node)["VCPU"].total == 4
    assert inventories_of(host.house.conf, node)["PCPU"] == Inventory(4, max_unit=4)


def test_a_claim_again_changes_nothing_and_a_full_host_says_so() -> None:
    host = Host(compute__cpu_dedicated_set="2-3")
    first = host.claim({"hw:cpu_policy": "dedicated"})
    server = records.instance(node=HOST, uuid=first["uuid"])
    server.numa_topology, server.pci_requests = first["numa_topology"], first["pci_requests"]
    assert host.books.claim(server, {})["numa_topology"] == first["numa_topology"]
    with pytest.raises(NoRoomOnHost, match="cannot fit the given host NUMA topology"):
        host.claim({"hw:cpu_policy": "dedicated"})
    host.books.release(first["uuid"])
    host.books.release(first["uuid"])
    assert host.claim({"hw:cpu_policy": "dedicated"})
    with pytest.raises(NoRoomOnHost, match="Claim pci failed"):
        host.claim({"pci_passthrough:alias": "gpu:3"})


def test_who_wishes_for_nothing_special_is_not_in_the_books() -> None:
    host = Host()
    assert set(host.claim({})) == {"uuid"}


def test_what_no_record_knows_of_is_nobodys_after_two_audits() -> None:
    host = Host(compute__cpu_dedicated_set="2-3")
    made = host.claim({"hw:cpu_policy": "dedicated"})
    host.books.open([])
    assert host.books.held(made["uuid"])
    host.books.open([])
    assert host.books.held(made["uuid"]) is None


def test_records_are_believed_once() -> None:
    """What was given back a moment ago is not taken again because its record is older."""
    host = Host(compute__cpu_dedicated_set="2-3")
    made = host.claim({"hw:cpu_policy": "dedicated"})
    record = records.instance(node=HOST, uuid=made["uuid"], numa_topology=made["numa_topology"])
    fresh = HostBooks(host.house.conf, host.house.clock, host.seams.driver.inventory)
    fresh.open([record])
    held = fresh.held(made["uuid"])
    assert held is not None
    assert held.numa == guest_from_json(made["numa_topology"])
    fresh.release(made["uuid"])
    fresh.open([record])
    assert fresh.held(made["uuid"]) is None


def test_the_device_that_placement_chose() -> None:
    host = Host()
    server = "11111111-0000-4000-8000-000000000001"
    mappings = {"": ["root"], f"{group_of('gpu')}-0": [provider_of(HOST, GPUS[1])]}
    made = host.claim({"pci_passthrough:alias": "gpu:1"}, mappings, uuid=server)
    (request,) = made["pci_requests"]
    assert [device["address"] for device in request["devices"]] == [GPUS[1].address]


def test_cards_in_placement() -> None:
    host = Host(pci__report_in_placement=True)
    node = host.node()
    host.stock.tell_placement([node], disabled=False)
    tree = {one.name: one for one in host.house.placement.providers.tree(CONTEXT, node.uuid)}
    assert set(tree) == {HOST, f"{HOST}_0000:81:00.0", f"{HOST}_0000:81:01.0"}
    card = tree[f"{HOST}_0000:81:00.0"]
    facts = host.house.placement.facts
    assert facts.inventories(CONTEXT, card.id).inventories == {
        "CUSTOM_PCI_10DE_1DB4": Inventory(1, max_unit=1)}
    assert facts.traits(CONTEXT, card.id).traits == {
        "COMPUTE_MANAGED_PCI_DEVICE", "OWNER_NOVA", "CUSTOM_FAST", "CUSTOM_HW_GPU_API_VULKAN",
        "CUSTOM_NICE"} or "HW_GPU_API_VULKAN" in facts.traits(CONTEXT, card.id).traits


def test_a_card_that_is_not_offered_any_more_goes_unless_it_is_somebodys() -> None:
    host = Host(pci__report_in_placement=True)
    node = host.node()
    host.stock.tell_placement([node], disabled=False)
    used = provider_of(HOST, GPUS[0])
    host.house.placement.allocations.claim(CONTEXT, Allocation(
        Consumer(records.new_uuid(), "p", "u"), {used: {"CUSTOM_PCI_10DE_1DB4": 1}}))
    after = ProviderReport(
            host.house.conf, host.house.clock, host.house.placement)
    after.tell(CONTEXT, node, frozenset(), False, {})
    left = [one.name for one in host.house.placement.providers.tree(CONTEXT, node.uuid)]
    assert sorted(left) == [HOST, f"{HOST}_0000:81:00.0"]


CLASS = "CUSTOM_PCI_10DE_1DB4"
ONE_TIME = json.dumps({"vendor_id": "10de", "one_time_use": True})


def reserved(host: Host) -> list[int]:
    facts = host.house.placement.facts
    return [facts.inventories(CONTEXT, provider_of(HOST, gpu)).inventories[CLASS].reserved
            for gpu in GPUS]


def test_what_is_for_one_time_is_kept_when_its_server_is_gone() -> None:
    host = Host(pci__report_in_placement=True, pci__device_spec=[ONE_TIME])
    host.house.register()
    host.stock.tell_placement([host.node()], disabled=False)
    host.stock.report([host.node()])
    traits = host.house.placement.facts.traits(CONTEXT, provider_of(HOST, GPUS[0])).traits
    assert "HW_PCI_ONE_TIME_USE" in traits
    assert reserved(host) == [0, 0]
    made = host.claim({"pci_passthrough:alias": "gpu:1"})
    # It may be gone before anybody was told.
    host.books.release(made["uuid"])
    host.stock.report([host.node()])
    assert reserved(host) == [1, 0]
    host.stock.tell_placement([host.node()], disabled=False)
    host.house.clock.run(1000)
    host.stock.tell_placement([host.node()], disabled=False)
    assert reserved(host) == [1, 0]


def test_an_operator_gives_it_free_again() -> None:
    host = Host(pci__report_in_placement=True, pci__device_spec=[ONE_TIME])
    host.stock.tell_placement([host.node()], disabled=False)
    made = host.claim({"pci_passthrough:alias": "gpu:1"})
    host.stock.tell_placement([host.node()], disabled=False)
    host.books.release(made["uuid"])
    provider = provider_of(HOST, GPUS[0])
    host.house.placement.facts.set_inventories(CONTEXT, provider, {CLASS: Inventory(1)})
    host.house.clock.run(1000)
    host.stock.tell_placement([host.node()], disabled=False)
    assert reserved(host) == [0, 0]


def test_what_is_for_one_time_needs_placement() -> None:
    with pytest.raises(ConfigurationFailure, match="report_in_placement"):
        Host(pci__device_spec=[ONE_TIME])


def test_a_card_of_another_class_stays_as_it_is_while_somebody_has_it() -> None:
    host = Host(pci__report_in_placement=True)
    node = host.node()
    host.stock.tell_placement([node], disabled=False)
    used = provider_of(HOST, GPUS[0])
    host.house.placement.allocations.claim(CONTEXT, Allocation(
        Consumer(records.new_uuid(), "p", "u"), {used: {CLASS: 1}}))
    after = ProviderReport(host.house.conf, host.house.clock, host.house.placement)
    offers = offers_of(['{"vendor_id": "10de", "resource_class": "gold"}'])
    after.tell(CONTEXT, node, frozenset(), False, cards(offered(GPUS, offers)))
    facts = host.house.placement.facts
    assert [set(facts.inventories(CONTEXT, provider_of(HOST, gpu)).inventories)
            for gpu in GPUS] == [{CLASS}, {"CUSTOM_GOLD"}]


def claimed(host: Host, uuid: str) -> dict[str, dict[str, int]]:
    held = host.house.placement.allocations.get(CONTEXT, uuid)
    return {provider: dict(some) for provider, some in held.resources.items()}


@pytest.mark.parametrize("task_state", [None, "resize_prep"])
def test_placement_learns_what_servers_had_before(task_state: str | None) -> None:
    host = Host(pci__report_in_placement=True)
    host.stock.tell_placement([host.node()], disabled=False)
    made = host.claim({"pci_passthrough:alias": "gpu:2"})
    server = records.instance(uuid=made["uuid"], node=HOST, task_state=task_state, os_type=None)
    own = {host.node().uuid: {"VCPU": 2}}
    host.house.placement.allocations.claim(CONTEXT, Allocation(
        Consumer(server.uuid, "p", "u"), own))
    asked: list[str] = []
    host.house.placement_state.gate = asked.append
    for _ in range(3):
        host.stock.tell_placement(host.stock.nodes([server], 0), disabled=False)
    cards = {provider_of(HOST, gpu): {CLASS: 1} for gpu in GPUS} if task_state is None else {}
    assert claimed(host, server.uuid) == own | cards
    # Not again and again.
    assert len(asked) <= 4


def test_what_others_hold_of_a_card_in_placement_is_only_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = Host(pci__report_in_placement=True)
    host.stock.tell_placement([host.node()], disabled=False)
    made = host.claim({"pci_passthrough:alias": "gpu:2"})
    claim = host.house.placement.allocations.claim
    claim(CONTEXT, Allocation(Consumer(made["uuid"], "p", "u"), {host.node().uuid: {"VCPU": 2}}))
    claim(CONTEXT, Allocation(
        Consumer(records.new_uuid(), "p", "u"), {provider_of(HOST, GPUS[0]): {CLASS: 1}}))
    server = records.instance(uuid=made["uuid"], node=HOST, task_state=None, os_type=None)
    host.stock.tell_placement(host.stock.nodes([server], 0), disabled=False)
    assert "does not know what devices" in caplog.text
    assert set(claimed(host, server.uuid)) == {host.node().uuid}


def test_what_a_host_had_before_it_started_anew_is_dropped_once() -> None:
    host = Host(pci__report_in_placement=True)
    node = host.node()
    host.stock.tell_placement([node], disabled=False)
    host.house.conf.set_override("report_in_placement", False, "pci")
    after = Stock(host.seams, ProviderReport(
        host.house.conf, host.house.clock, host.house.placement))
    asked: list[str] = []
    host.house.placement_state.gate = asked.append
    for _ in range(2):
        after.tell_placement([node], disabled=False)
    assert asked.count("placement.tree") == 1
    assert [one.name for one in host.house.placement.providers.tree(CONTEXT, node.uuid)] == [HOST]


def test_parts_of_a_card_are_counted_at_the_card() -> None:
    found = cards(offered(PARTS, offers_of(['{"product_id": "154c"}'])))
    assert found["0000:0a:00.0"].inventories == {"CUSTOM_PCI_8086_154C": Inventory(4, max_unit=4)}
    whole = PciDevice("0000:0a:00.0", "8086", "1572")
    with pytest.raises(ConfigurationFailure):
        cards(offered((whole, *PARTS), offers_of(['{"vendor_id": "8086"}'])))


@pytest.mark.parametrize(("said", "expected"), [
    ("CUSTOM_GPU", "CUSTOM_GPU"), ("gpu-a", "CUSTOM_GPU_A"), ("VGPU", "VGPU"),
])
def test_classes_of_devices(said: str, expected: str) -> None:
    line = json.dumps({"vendor_id": "10de", "resource_class": said, "live_migratable": "yes"})
    one = offered(GPUS, offers_of([line]))[0]
    assert resource_class(one) == expected
    assert traits_of(one) == {"HW_PCI_LIVE_MIGRATABLE"}


GOOD = """
meta: {schema_version: '1.0'}
providers:
  - identification: {uuid: $COMPUTE_NODE}
    inventories: {additional: [{CUSTOM_LICENCE: {total: 10, reserved: 2}}]}
    traits: {additional: [CUSTOM_GOLD]}
  - identification: {name: special}
    traits: {additional: [CUSTOM_SILVER]}
"""


def test_what_operators_add(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    host = Host(compute__provider_config_location=str(tmp_path))
    node = host.node()
    host.stock.tell_placement([node], disabled=False)
    facts = host.house.placement.facts
    found = facts.inventories(CONTEXT, node.uuid).inventories
    assert found["CUSTOM_LICENCE"] == Inventory(10, 2, max_unit=10)
    assert "VCPU" in found
    assert "CUSTOM_GOLD" in facts.traits(CONTEXT, node.uuid).traits


def test_what_is_said_of_one_provider_wins(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    known = read_additions(str(tmp_path))
    assert known.of("id", "special", is_node=True).traits == {"CUSTOM_SILVER"}
    assert known.of("id", "other", is_node=True).traits == {"CUSTOM_GOLD"}
    assert known.of("id", "other", is_node=False).traits == set()
    assert read_additions(str(tmp_path / "nowhere")) == Additions()


BAD = [
    "{", "[]", "meta: {schema_version: '2.0'}\nproviders: []", "meta: {}\nproviders: []",
    GOOD.replace("$COMPUTE_NODE", "special"),
    GOOD.replace("CUSTOM_LICENCE", "VCPU"), GOOD.replace("CUSTOM_GOLD", "HW_CPU_X86_AVX"),
    GOOD.replace("total: 10", "most: 10"), GOOD.replace("total: 10", "total: x"),
    GOOD.replace("reserved: 2", "reserved: -2"),
    GOOD.replace("{name: special}", "{name: special, uuid: x}"),
    GOOD.replace("providers:", "provided:"),
    GOOD.replace("$COMPUTE_NODE", "no-uuid"),
    *(GOOD.replace("total: 10", f"total: {bad}") for bad in ("0", "'10'", "true", "1.5")),
    *(GOOD.replace("reserved: 2", bad) for bad in (
        "min_unit: 0", "step_size: 0", "allocation_ratio: -1.0", "allocation_ratio: high")),
]


@pytest.mark.parametrize("text", BAD)
def test_files_that_cannot_be_followed(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigurationFailure):
        read_additions(str(tmp_path))


def test_what_the_host_tells_itself_cannot_be_added(tmp_path: Path) -> None:
    spec = json.dumps({"vendor_id": "10de", "resource_class": "licence"})
    text = GOOD.replace("$COMPUTE_NODE", provider_of(HOST, GPUS[0]))
    (tmp_path / "a.yaml").write_text(text)
    host = Host(compute__provider_config_location=str(tmp_path), pci__report_in_placement=True,
                pci__device_spec=[spec])
    with pytest.raises(ConfigurationFailure, match="CUSTOM_LICENCE is what this host tells"):
        host.stock.tell_placement([host.node()], disabled=False)


def test_providers_that_are_not_here_are_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    host = Host(compute__provider_config_location=str(tmp_path))
    for _ in range(2):
        host.stock.tell_placement([host.node()], disabled=False)
    assert caplog.text.count("is not here") == 1
    assert "Provider special" in caplog.text
