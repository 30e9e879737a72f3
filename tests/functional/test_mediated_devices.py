"""Servers with parts of graphics cards: the part is cut from the card that placement chose."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from nova.clients.placement.contract import PlacementUnavailable
from nova.compute.inventory.devices import card_provider
from nova.conf.dynamic import mdev_section
from nova.context import admin_context
from nova.objects.flavor import Flavor
from nova.virt.contract.errors import CannotSpawn
from nova.virt.fake.hardware import gpus_of
from nova.virt.fake.hypervisor import Size
from nova.virt.mdev.kept import mdevs_from
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

ADMIN = f"admin:{PROJECT}"
GPUS = tuple(gpus_of(["nvidia-35:2:nvidia-36:4", "nvidia-35:2:nvidia-36:4"]))
SIZE = Size(vcpus=64, memory_mb=65536, disk_gb=1000, gpus=GPUS)
FIRST, SECOND = (gpu.name for gpu in GPUS)
TYPES: dict[str, dict[str, Any]] = {
    "nvidia-35": {"device_addresses": [GPUS[0].address]},
    "nvidia-36": {"device_addresses": [GPUS[1].address], "mdev_class": "CUSTOM_BIG_GPU",
                  "max_instances": 1},
}
FLAVORS = {
    "vgpu": {"resources:VGPU": "1"},
    "two": {"resources:VGPU": "2"},
    "big": {"resources1:CUSTOM_BIG_GPU": "1", "resources1:VGPU": "0"},
    "plain": {},
}


class GpuCloud(Cloud):
    def conf_of(self, host: str) -> Any:
        conf = super().conf_of(host)
        conf.set_override("enabled_mdev_types", list(TYPES), group="devices")
        for name, options in TYPES.items():
            mdev_section(name).register(conf)
            for option, value in options.items():
                conf.set_override(option, value, group=f"mdev_{name}")
        return conf


def gpu_cloud(hosts: tuple[str, ...] = ("host1",)) -> Cloud:
    made = GpuCloud(hosts=hosts, size=SIZE, options={"quota__instances": -1, "quota__cores": -1})
    for name, specs in FLAVORS.items():
        made.stores.api.flavors.create(Flavor(
            flavorid=name, name=name, memory_mb=256, vcpus=1, root_gb=1, ephemeral_gb=0, swap=0,
            rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, description=None,
            extra_specs=specs))
    return made.start()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = gpu_cloud()
    yield made
    made.stop()


@pytest.fixture
def boot(cloud: Cloud) -> Iterator[Any]:
    made: list[str] = []

    def boot(flavor: str, count: int = 1, status: str = "ACTIVE") -> list[Any]:
        servers = cloud.boot_all(count, status, flavorRef=flavor)
        made.extend(one["id"] for one in servers)
        return servers

    yield boot
    cloud.end(made)


def devices(cloud: Cloud, uuid: str, host: str = "host1") -> list[Any]:
    """Those of its record; its guest has just these, and they are there."""
    record = cloud.stores.cell(CELL1_UUID).instances.get(uuid)
    found = list(mdevs_from(record.system_metadata))
    hypervisor = cloud.hypervisors[host]
    assert hypervisor.defined(uuid).mdevs == tuple(one.uuid for one in found)
    for one in found:
        assert hypervisor.mdevs[one.uuid] == (one.parent, one.type)
        held = cloud.placement_state.consumers[uuid].resources
        assert card_provider(host, one.parent) in held
    return found


def causes(cloud: Cloud, uuid: str) -> list[str]:
    """What left no host, as operators read it."""
    assert cloud.scheduler.endpoint.journal.settle(10)
    reply = cloud.request("GET", f"/servers/{uuid}/scheduling-decisions", token=ADMIN)
    [decision] = reply.body["scheduling_decisions"]
    return [one["cause"] for one in decision["causes"] if one["emptied"]]


def act(cloud: Cloud, uuid: str, action: str, body: Any, status: str) -> None:
    reply = cloud.request("POST", f"/servers/{uuid}/action", {action: body}, token=ADMIN)
    assert reply.status in (200, 202), reply.body
    cloud.wait(uuid, status)


def test_each_card_is_a_provider_named_as_the_hypervisor_names_it(cloud: Cloud) -> None:
    context, placement = admin_context(), cloud.placement
    [host] = [one for one in placement.providers.every(context) if one.name == "host1"]
    tree = {one.name: one.id for one in placement.providers.tree(context, host.id)}
    assert set(tree) == {"host1", f"host1_{FIRST}", f"host1_{SECOND}"}
    told = {name: placement.facts.inventories(context, one).inventories
            for name, one in tree.items()}
    vgpu = told[f"host1_{FIRST}"]["VGPU"]
    assert (vgpu.total, vgpu.reserved, vgpu.max_unit, vgpu.allocation_ratio) == (2, 0, 2, 1.0)
    assert {name: one.total for name, one in told[f"host1_{SECOND}"].items()} == {
        "CUSTOM_BIG_GPU": 1}
    assert "VGPU" not in told["host1"]


def test_servers_get_parts_of_their_card_until_there_are_no_more(cloud: Cloud, boot: Any) -> None:
    first, second = boot("vgpu", 2)
    [big] = boot("big")
    found = [devices(cloud, one["id"]) for one in (first, second, big)]
    assert [[(one.type, one.parent) for one in some] for some in found] == [
        [("nvidia-35", FIRST)], [("nvidia-35", FIRST)], [("nvidia-36", SECOND)]]
    assert len({one.uuid for some in found for one in some}) == 3
    for flavor, cause in (("vgpu", "VGPU"), ("big", "CUSTOM_BIG_GPU")):
        [refused] = boot(flavor, status="ERROR")
        assert "No valid host" in refused["fault"]["message"]
        assert causes(cloud, refused["id"]) == [f"resource class {cause}"]


def test_what_a_deleted_server_had_is_the_next_ones(cloud: Cloud, boot: Any) -> None:
    [first] = boot("two")
    before = {one.uuid for one in devices(cloud, first["id"])}
    assert len(before) == 2
    cloud.request("DELETE", f"/servers/{first['id']}", token=ADMIN)
    cloud.wait(first["id"], "GONE")
    assert first["id"] not in cloud.placement_state.consumers
    after = {one.uuid for one in devices(cloud, boot("two")[0]["id"])}
    assert after == before
    assert before <= set(cloud.hypervisors["host1"].mdevs)


def test_a_server_keeps_its_device_whatever_is_done_to_it(cloud: Cloud, boot: Any) -> None:
    [server] = boot("vgpu")
    uuid, hypervisor = server["id"], cloud.hypervisors["host1"]
    own = devices(cloud, uuid)
    act(cloud, uuid, "os-stop", None, "SHUTOFF")
    # The host starts anew, and forgets what was cut.
    hypervisor.mdevs.clear()
    act(cloud, uuid, "os-start", None, "ACTIVE")
    assert devices(cloud, uuid) == own
    hypervisor.mdevs.clear()
    act(cloud, uuid, "reboot", {"type": "HARD"}, "ACTIVE")
    assert devices(cloud, uuid) == own
    act(cloud, uuid, "rescue", {}, "RESCUE")
    assert devices(cloud, uuid) == own
    act(cloud, uuid, "unrescue", None, "ACTIVE")
    act(cloud, uuid, "rebuild", {"imageRef": server["image"]["id"]}, "ACTIVE")
    assert devices(cloud, uuid) == own


def test_a_host_that_cannot_ask_placement_says_so_and_keeps_nothing(
    cloud: Cloud, boot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its claim holds is asked for on the host."""

    def away(operation: str) -> None:
        if operation == "placement.get_allocation":
            raise PlacementUnavailable(service="placement", reason="it is away")

    with monkeypatch.context() as absence:
        absence.setattr(cloud.placement_state, "gate", away)
        [failed] = boot("vgpu", status="ERROR")
    assert failed["fault"]["details"] == "host1: placement is not available: it is away"
    assert failed["id"] not in cloud.placement_state.consumers
    assert devices(cloud, boot("two")[0]["id"])


def test_a_suspend_is_refused_and_the_server_goes_on(cloud: Cloud, boot: Any) -> None:
    [server] = boot("vgpu")
    uuid = server["id"]
    act(cloud, uuid, "suspend", None, "ACTIVE")
    shown = cloud.request("GET", f"/servers/{uuid}/os-instance-actions", token=ADMIN).body
    [action] = [one for one in shown["instanceActions"] if one["action"] == "suspend"]
    assert action["message"] == "Error"
    [plain] = boot("plain")[-1:]
    act(cloud, plain["id"], "suspend", None, "SUSPENDED")


def test_a_process_that_starts_anew_gives_nothing_away_twice(cloud: Cloud, boot: Any) -> None:
    [server] = boot("vgpu")
    own = devices(cloud, server["id"])
    cloud.hypervisors["host1"].mdevs.clear()
    cloud.computes["host1"].stop()
    cloud.start_compute("host1")
    [other] = boot("vgpu")[-1:]
    assert not {one.uuid for one in devices(cloud, other["id"])} & {one.uuid for one in own}
    act(cloud, server["id"], "reboot", {"type": "HARD"}, "ACTIVE")
    assert devices(cloud, server["id"]) == own


def test_another_host_gives_one_of_its_own_when_the_first_cannot() -> None:
    """Nothing is left of what the first one had set aside."""
    pair = gpu_cloud(hosts=("host1", "host2"))
    failed: dict[str, str] = {}

    def at_first(host: str, uuid: str) -> None:
        if failed.setdefault(uuid, host) == host:
            raise CannotSpawn(uuid=uuid, reason="it is broken")

    try:
        for name, hypervisor in pair.hypervisors.items():
            hypervisor.faults.do("spawn.run", partial(at_first, name), times=None)
        servers = [pair.wait(pair.boot(flavorRef="vgpu").body["server"]["id"], "ACTIVE")
                   for _ in range(2)]
        for one in servers:
            assert one["OS-EXT-SRV-ATTR:host"] != failed[one["id"]]
        for hypervisor in pair.hypervisors.values():
            hypervisor.faults.clear()
        # All that there is.
        servers += [pair.wait(pair.boot(flavorRef="vgpu").body["server"]["id"], "ACTIVE")
                    for _ in range(2)]
        found = [devices(pair, one["id"], one["OS-EXT-SRV-ATTR:host"]) for one in servers]
        assert len({one.uuid for some in found for one in some}) == 4
    finally:
        pair.stop()
