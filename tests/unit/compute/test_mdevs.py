"""Mediated devices in the books of a host, and in placement."""

import threading
from typing import Any

import pytest

from nova.clients.placement.contract import Allocation, Consumer, Inventory, Resources
from nova.compute.inventory.books import HostBooks
from nova.compute.inventory.devices import card_provider
from nova.compute.inventory.provider import ProviderReport
from nova.compute.inventory.stock import Stock
from nova.conf.dynamic import mdev_section
from nova.context import admin_context
from nova.core.clock import RealClock
from nova.errors import ConfigurationFailure
from nova.objects.server import Instance
from nova.servers.errors import NoRoomOnHost
from nova.virt.contract.mdev import ClaimedMdev
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.hardware import gpus_of
from nova.virt.fake.hypervisor import Size
from nova.virt.mdev.kept import mdevs_from
from tests import records
from tests.unit.compute.making import HOST, House

CONTEXT = admin_context()
GPUS = tuple(gpus_of(["nvidia-35:2", "nvidia-35:16"]))
FIRST, SECOND = (gpu.name for gpu in GPUS)
SIZE = Size(vcpus=8, memory_mb=8192, disk_gb=100, gpus=GPUS)


class Host:
    def __init__(self, **options: Any) -> None:
        self.house = House(**{"devices__enabled_mdev_types": ["nvidia-35"], **options})
        self.house.hypervisor.size = SIZE
        self.seams = self.house.made_seams()
        self.books: HostBooks = self.seams.books  # type: ignore[assignment]
        self.asked = 0

    def server(self, count: int = 1, **more: Any) -> Instance:
        flavor = records.flavor(extra_specs={"resources:VGPU": str(count)})
        return records.instance(node=HOST, flavor=flavor, **more)

    def claim(self, server: Instance, **amounts: int) -> tuple[ClaimedMdev, ...]:
        """`amounts` by card, as placement has given them; what the server got is in its
        record then."""

        def allocated() -> dict[str, Resources]:
            self.asked += 1
            cards = {card_provider(HOST, card): {"VGPU": n} for card, n in amounts.items()}
            return {"the node": {"VCPU": 1}, **cards}

        got = self.books.claim(server, {}, allocated)
        server.system_metadata = {**server.system_metadata, **got.get("system_metadata", {})}
        return mdevs_from(server.system_metadata)


def test_a_server_gets_as_many_as_it_claimed_of_each_card() -> None:
    host = Host()
    found = host.claim(host.server(3), **{FIRST: 1, SECOND: 2})
    assert [(one.type, one.parent) for one in found] == [
        ("nvidia-35", FIRST), ("nvidia-35", SECOND), ("nvidia-35", SECOND)]
    assert len({one.uuid for one in found}) == 3


def test_a_claim_again_changes_nothing() -> None:
    host = Host()
    server = host.server()
    first = host.claim(server, **{FIRST: 1})
    assert host.claim(server, **{FIRST: 1}) == first


def test_placement_is_asked_only_by_who_may_have_some() -> None:
    host = Host()
    plain = records.instance(node=HOST)
    assert host.books.claim(plain, {}, lambda: pytest.fail("asked")) == {}
    other = Host(devices__enabled_mdev_types=[])
    assert other.claim(other.server(), **{FIRST: 1}) == ()
    assert other.asked == 0


def test_a_full_card_says_so_and_takes_another_when_one_leaves() -> None:
    host = Host()
    first = host.server(2)
    before = host.claim(first, **{FIRST: 2})
    with pytest.raises(NoRoomOnHost, match="vGPU resource is not available"):
        host.claim(host.server(), **{FIRST: 1})
    host.books.release(first.uuid)
    # Nothing was made yet, so that there is nothing to have again.
    assert not set(host.claim(host.server(2), **{FIRST: 2})) & set(before)


def test_what_exists_is_used_again_unless_a_guest_has_it() -> None:
    host = Host()
    hypervisor = host.house.hypervisor
    hypervisor.mdevs |= {"made": (SECOND, "nvidia-35"), "taken": (SECOND, "nvidia-35")}
    hypervisor.put(FakeGuest("g", "g", HOST, 1, 1, 1, None, mdevs=("taken",), defined=True))
    [one] = host.claim(host.server(), **{SECOND: 1})
    assert one.uuid == "made"
    [two] = host.claim(host.server(), **{SECOND: 1})
    assert two.uuid not in ("made", "taken")


def test_records_are_believed_by_the_next_process() -> None:
    host = Host()
    server = host.server(2)
    host.claim(server, **{FIRST: 2})
    host.seams = host.house.made_seams()
    host.books = host.seams.books  # type: ignore[assignment]
    host.books.open([server])
    with pytest.raises(NoRoomOnHost):
        host.claim(host.server(), **{FIRST: 1})
    assert host.claim(host.server(), **{SECOND: 1})


def test_claims_at_once_share_nothing() -> None:
    host = Host()
    # With true threads, not those of a simulation.
    host.books = HostBooks(host.house.conf, RealClock(), host.seams.driver.inventory)
    host.house.hypervisor.mdevs |= {f"m{n}": (SECOND, "nvidia-35") for n in range(8)}
    servers = [host.server() for _ in range(24)]
    got: list[ClaimedMdev] = []
    refused: list[Instance] = []

    def work(server: Instance) -> None:
        try:
            got.extend(host.claim(server, **{SECOND: 1}))
        except NoRoomOnHost:
            refused.append(server)

    threads = [threading.Thread(target=work, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (16, 8)
    assert len({one.uuid for one in got}) == 16
    assert {f"m{n}" for n in range(8)} <= {one.uuid for one in got}


def told(host: Host) -> dict[str, Any]:
    stock = Stock(host.seams, ProviderReport(
        host.house.conf, host.house.clock, host.house.placement))
    [node] = stock.nodes([], 0)
    stock.tell_placement([node], disabled=False)
    placement = host.house.placement
    return {one.name: placement.facts.inventories(CONTEXT, one.id).inventories
            for one in placement.providers.tree(CONTEXT, node.uuid)}


def test_what_placement_is_told_and_that_it_forgets_what_is_not_offered_any_more() -> None:
    host = Host()
    parts = {name: one["VGPU"] for name, one in told(host).items() if name != HOST}
    assert {name: (one.total, one.reserved, one.max_unit) for name, one in parts.items()} == {
        f"{HOST}_{FIRST}": (2, 0, 2), f"{HOST}_{SECOND}": (16, 0, 16)}
    # Using some changes nothing of what there is.
    host.house.hypervisor.mdevs |= {"made": (FIRST, "nvidia-35")}
    assert told(host)[f"{HOST}_{FIRST}"]["VGPU"].total == 2
    host.house.conf.set_override("enabled_mdev_types", [], group="devices")
    host.seams = host.house.made_seams()
    assert set(told(host)) == {HOST}


@pytest.mark.parametrize("held", [False, True])
def test_what_was_told_under_another_id_is_taken_over_unless_a_server_has_it(
    held: bool, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host()
    placement, [node] = host.house.placement, Stock(host.seams, ProviderReport(
        host.house.conf, host.house.clock, host.house.placement)).nodes([], 0)
    placement.providers.ensure(CONTEXT, node.uuid, HOST)
    old = placement.providers.ensure(
        CONTEXT, records.new_uuid(), f"{HOST}_{FIRST}", node.uuid)
    placement.facts.set_inventories(CONTEXT, old.id, {"VGPU": Inventory(2)})
    if held:
        placement.allocations.claim(CONTEXT, Allocation(
            Consumer(records.new_uuid(), "p", "u"), {old.id: {"VGPU": 1}}))
    told(host)
    ids = {one.name: one.id for one in placement.providers.tree(CONTEXT, node.uuid)}
    assert set(ids) == {HOST, f"{HOST}_{FIRST}", f"{HOST}_{SECOND}"}
    assert (ids[f"{HOST}_{FIRST}"] == old.id) is held
    assert ("under another id" in caplog.text) is held


def test_a_configuration_that_cannot_be_followed_stops_the_start() -> None:
    house = House(devices__enabled_mdev_types=["a", "b"])
    for name in ("a", "b"):
        mdev_section(name).register(house.conf)
        house.conf.set_override("device_addresses", ["0000:84:00.0"], group=f"mdev_{name}")
    with pytest.raises(ConfigurationFailure, match="named both for type a and for type b"):
        house.made_seams()
