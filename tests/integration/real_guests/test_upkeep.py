"""A host and its hypervisor behind our back: guests that were ended or started by others, a
host that was down meanwhile, files that nobody needs."""

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.integration.real_guests.conftest import (
    ADMIN,
    BANNER,
    OTHER,
    TINY,
    RealCloud,
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def guest(cloud: RealCloud) -> Iterator[str]:
    made = cloud.made("tiny", TINY)
    cloud.says(made, BANNER)
    yield made


def last_action(cloud: RealCloud, uuid: str) -> str:
    listed = cloud.request("GET", f"/servers/{uuid}/os-instance-actions").body
    name: str = listed["instanceActions"][0]["action"]
    return name


def started(cloud: RealCloud, guest: str) -> None:
    if cloud.show(guest)["status"] == "SHUTOFF":
        cloud.did(guest, "os-start", None, "ACTIVE")


def test_its_state_can_be_set(cloud: RealCloud, guest: str) -> None:
    for status, state in (("ERROR", "error"), ("ACTIVE", "active")):
        cloud.did(guest, "os-resetState", {"state": state}, status)
        assert cloud.runs(guest)


def test_ended_by_others(cloud: RealCloud, guest: str) -> None:
    cloud.kill(guest)
    cloud.settled(guest, "SHUTOFF")
    assert last_action(cloud, guest) == "stop"


def test_started_by_others(cloud: RealCloud, guest: str) -> None:
    import libvirt

    with suppress(libvirt.libvirtError):  # it may be stopped before it began
        cloud.ask(guest, lambda domain: domain.create())
    cloud.until(lambda: not cloud.runs(guest), lambda: cloud.show(guest))
    cloud.settled(guest, "SHUTOFF")


def test_ended_while_the_host_was_down(cloud: RealCloud, guest: str) -> None:
    started(cloud, guest)
    cloud.restart(lambda: cloud.kill(guest))
    cloud.settled(guest, "SHUTOFF")


def test_a_host_that_was_switched_off_starts_its_guests(cloud: RealCloud, guest: str) -> None:
    started(cloud, guest)
    count = cloud.text(guest).count(BANNER)
    cloud.restart(lambda: cloud.kill(guest), resume_guests_state_on_host_boot=True)
    cloud.says(guest, BANNER, count + 1)
    shown = cloud.settled(guest, "ACTIVE")
    assert shown["OS-EXT-STS:power_state"] == 1
    assert cloud.runs(guest)


def test_deleted_while_its_host_was_down(cloud: RealCloud) -> None:
    """Its guest runs on for a while, and is seen by nobody."""
    import libvirt

    guest = cloud.made("stray", OTHER)
    listed = cloud.request("GET", "/os-services?binary=nova-compute", token=ADMIN).body
    path = f"/os-services/{listed['services'][0]['id']}"

    def meanwhile() -> None:
        assert cloud.request("PUT", path, {"forced_down": True}, token=ADMIN).status == 200
        cloud.act(guest, {"forceDelete": None})
        cloud.settled(guest, "GONE")
        assert cloud.runs(guest)
        assert cloud.request("PUT", path, {"forced_down": False}, token=ADMIN).status == 200

    cloud.restart(meanwhile)

    def gone() -> bool:
        try:
            return not cloud.runs(guest)
        except libvirt.libvirtError:
            return True

    cloud.until(gone, lambda: "the guest still runs")
    with pytest.raises(libvirt.libvirtError):
        cloud.runs(guest)
    assert not (cloud.directory / guest).exists()


def test_images_that_nobody_uses_are_dropped(cloud: RealCloud, guest: str) -> None:
    base = cloud.directory / "_base"
    long_ago = cloud.clock.now().timestamp() - 48 * 3600
    before = {path.name for path in base.iterdir()}
    for path in base.iterdir():
        os.utime(path, (long_ago, long_ago))
    in_use = cloud.definition(guest)
    cloud.until(lambda: {path.name for path in base.iterdir()} < before,
                lambda: sorted(base.iterdir()))
    cloud.did(guest, "reboot", {"type": "HARD"}, "ACTIVE")
    assert cloud.definition(guest) == in_use, "what is used stays"


def test_reclaimed_in_time(cloud: RealCloud, guest: str) -> None:
    """What was set aside is gone for good after the interval."""
    assert cloud.request("DELETE", f"/servers/{guest}").status == 204
    cloud.settled(guest, "SOFT_DELETED")
    assert (cloud.directory / guest).exists()
    cloud.host_conf.set_override("reclaim_instance_interval", 1)
    cloud.settled(guest, "GONE")
    assert not (cloud.directory / guest).exists()
