"""Servers whose ports cannot be plugged, because the host's switch is away."""

from collections.abc import Iterator

import pytest

from nova.virt.contract import PowerState
from nova.virt.contract.errors import PlugFailed
from nova.virt.contract.events import Transition
from tests.cloud import Cloud

REASON = "the database of Open vSwitch does not answer at tcp:127.0.0.1:6640"
FAILURE = PlugFailed(port_id="port-1", reason=REASON)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud()
    made.start()
    yield made
    made.stop()


def test_a_build_ends_with_the_reason_and_the_server_can_be_deleted(cloud: Cloud) -> None:
    cloud.hypervisors["host1"].faults.fail("spawn.plug", FAILURE)
    uuid = cloud.boot().body["server"]["id"]
    fault = cloud.wait(uuid, "ERROR")["fault"]
    assert fault["details"] == f"host1: Port port-1 could not be plugged: {REASON}"
    assert cloud.hypervisors["host1"].find(uuid) is None
    cloud.end([uuid])


def test_a_hard_reboot_ends_with_the_reason_and_helps_later(cloud: Cloud) -> None:
    uuid = cloud.boot().body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    hypervisor = cloud.hypervisors["host1"]

    def stay_off(guest: str) -> None:
        hypervisor.change(guest, Transition.STOPPED, state=PowerState.SHUTDOWN)
        raise FAILURE

    hypervisor.faults.do("reboot_hard", stay_off)
    assert cloud.act(uuid, {"reboot": {"type": "HARD"}}).status == 202
    assert REASON in cloud.wait(uuid, "ERROR")["fault"]["message"]
    assert cloud.act(uuid, {"reboot": {"type": "HARD"}}).status == 202
    cloud.wait(uuid, "ACTIVE")
    cloud.end([uuid])


def test_ports_lost_while_nobody_looked_are_there_again_with_the_host(cloud: Cloud) -> None:
    uuid = cloud.boot(networks="auto").body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    hypervisor = cloud.hypervisors["host1"]
    (tap,) = hypervisor.defined(uuid).taps
    cloud.computes["host1"].stop()
    hypervisor.loose.add(tap)
    cloud.start_compute("host1")
    end = cloud.clock.monotonic() + 5
    while hypervisor.loose and cloud.clock.monotonic() < end:
        cloud.clock.sleep(0.02)
    assert hypervisor.loose == set()
    assert cloud.show(uuid)["OS-EXT-STS:power_state"] == 1
    cloud.end([uuid])
