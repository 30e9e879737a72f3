"""What operators configure of how servers are built and booted, as users see it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from nova.clients.network.contract import NetworkUnavailable
from nova.objects.flavor import Flavor
from nova.virt.contract import PowerState
from tests.cloud import IMAGE, PROJECT, Cloud
from tests.stores import CELL1_UUID

ADMIN = f"admin:{PROJECT}"
TASK = "OS-EXT-STS:task_state"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(options={
        "default_access_ip_network_name": "private", "network_allocate_retries": 1,
        "vif_plugging_timeout": 1,
        "workarounds__wait_for_vif_plugged_event_during_hard_reboot": ["normal"],
    })  # fmt: skip
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(cloud: Cloud) -> Iterator[str]:
    uuid = booted(cloud)["id"]
    yield uuid
    removed(cloud, uuid)


def booted(cloud: Cloud, **fields: Any) -> dict[str, Any]:
    reply = cloud.boot(networks=[{"uuid": cloud.net.id}], **fields)
    assert reply.status == 202, reply.body
    return cloud.wait(reply.body["server"]["id"], "ACTIVE", "ERROR")


def removed(cloud: Cloud, uuid: str) -> None:
    cloud.request("DELETE", f"/servers/{uuid}", token=ADMIN)
    cloud.wait(uuid, "GONE")


def test_disks_are_known_by_the_names_that_the_guest_has(cloud: Cloud) -> None:
    cloud.stores.api.flavors.create(Flavor(
        flavorid="disks", name="disks", memory_mb=64, vcpus=1, root_gb=1, ephemeral_gb=2,
        swap=64, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True,
        description=None, extra_specs={}))
    uuid = booted(cloud, flavorRef="disks")["id"]
    cell = cloud.stores.cell(CELL1_UUID)

    def known() -> dict[str, str | None]:
        return {
            "swap" if d.guest_format == "swap" else str(d.source_type): d.device_name
            for d in cell.devices.of_instance(uuid)
        }

    named = {"image": "/dev/vda", "blank": "/dev/vdb", "swap": "/dev/vdc"}
    assert known() == named
    assert cloud.act(uuid, {"rebuild": {"imageRef": IMAGE}}).status == 202
    cloud.wait(uuid, "ACTIVE")
    assert known() == named
    assert cloud.show(uuid)["OS-EXT-SRV-ATTR:root_device_name"] == "/dev/vda"
    removed(cloud, uuid)


def address(server: dict[str, Any]) -> str:
    found: str = server["addresses"]["private"][0]["addr"]
    return found


def test_a_named_network_gives_the_address_of_access(cloud: Cloud) -> None:
    found = booted(cloud)
    assert (found["accessIPv4"], found["accessIPv6"]) == (address(found), "")
    chosen = booted(cloud, accessIPv4="203.0.113.9")
    assert chosen["accessIPv4"] == "203.0.113.9"
    for one in (found, chosen):
        removed(cloud, one["id"])


@pytest.mark.parametrize(("failures", "status"), [(1, "ACTIVE"), (9, "ERROR")])
def test_a_network_service_that_is_away_is_asked_again(
    cloud: Cloud, failures: int, status: str
) -> None:
    """Each build that fails this way would otherwise cost a host."""
    away, usual = ["away"] * failures, cloud.network_state.gate

    def gate(operation: str) -> None:
        if operation == "network.create_ports" and away:
            away.pop()
            raise NetworkUnavailable(service="network", reason="away")

    cloud.network_state.gate = gate
    try:
        uuid = cloud.boot(networks=[{"uuid": cloud.net.id}]).body["server"]["id"]
        assert cloud.wait(uuid, "ACTIVE", "ERROR")["status"] == status
    finally:
        cloud.network_state.gate = usual
    assert len(away) == max(failures - 2, 0)
    removed(cloud, uuid)


@pytest.mark.parametrize(("kind", "verb", "task", "status"), [
    ("SOFT", "reboot_soft", "reboot_started", "REBOOT"),
    ("HARD", "reboot_hard", "reboot_started_hard", "HARD_REBOOT"),
])  # fmt: skip
def test_a_reboot_tells_how_far_it_is(
    cloud: Cloud, server: str, kind: str, verb: str, task: str, status: str
) -> None:
    seen: list[tuple[str, str]] = []

    def look(uuid: str) -> None:
        """Until it is what it should be: nobody waits for what is told on the way."""
        for _ in range(200):
            shown = cloud.show(uuid)
            if shown[TASK] == task:
                break
            cloud.clock.sleep(0.02)
        seen.append((shown["status"], shown[TASK]))

    told: list[dict[str, Any]] = []
    store = cloud.computes["host1"]._seams.store
    usual = store.progress

    def progress(
        operation: Any, owner: str, columns: dict[str, Any], after: Sequence[str | None] = ()
    ) -> None:
        told.append(columns)
        usual(operation, owner, columns, after)

    cloud.hypervisors["host1"].faults.do(verb, look)
    store.progress = progress  # type: ignore[method-assign]
    if kind == "HARD":
        tell(cloud, server)
    try:
        assert cloud.act(server, {"reboot": {"type": kind}}).status == 202
        cloud.wait(server, "ACTIVE", "ERROR")
    finally:
        store.progress = usual  # type: ignore[method-assign]
    assert seen == [(status, task)]
    assert [one["task_state"] for one in told] == [task.replace("started", "pending"), task]


def tell(cloud: Cloud, uuid: str) -> None:
    """The network service says that ports are wired as soon as somebody waits for it."""
    plugs = cloud.computes["host1"]._seams.plugs
    usual = type(plugs).wait

    def wait(context: Any, instance_uuid: str) -> None:
        for port in list(plugs._waiting[instance_uuid].missing):
            plugs.tell(instance_uuid, port)
        del plugs.wait
        usual(plugs, context, instance_uuid)

    plugs.wait = wait  # type: ignore[method-assign]


def test_a_hard_reboot_waits_for_the_wires(cloud: Cloud, server: str) -> None:
    """Nobody says that the port is wired: the guest does not run without."""
    assert cloud.act(server, {"reboot": {"type": "HARD"}}).status == 202
    shown = cloud.wait(server, "ERROR")
    assert "were not wired: not within 1 seconds" in shown["fault"]["message"]
    guest = cloud.hypervisors["host1"].find(server)
    assert guest is not None and guest.state is PowerState.SHUTDOWN
    tell(cloud, server)
    assert cloud.act(server, {"reboot": {"type": "HARD"}}).status == 202
    assert cloud.wait(server, "ACTIVE")["OS-EXT-STS:power_state"] == PowerState.RUNNING
