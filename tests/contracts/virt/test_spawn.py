"""Guests come and go, whatever happens on the way."""

import dataclasses
import subprocess
import threading

import pytest

from nova.errors import NovaError
from nova.virt.contract import BlankDisk, PowerState, RootDisk, Swap
from nova.virt.contract.errors import (
    BadGuest,
    BadImage,
    CannotSpawn,
    GuestExists,
    GuestNotFound,
    ImageChecksumMismatch,
    ImageTooBig,
    ImageUnavailable,
)
from tests.contracts.virt.subjects import GIB, eventually, nic, state, wait_until_up

NOBODY = "00000000-0000-4000-8000-000000000000"
STAGES = ["image", "disks", "define", "plug", "run"]


class Killed(BaseException):
    """The process dies: nothing is undone."""


class PlugTimeout(NovaError):
    template = "no event"


def test_a_guest_with_everything_runs_and_is_listed(subject, spec):
    guest = spec(
        ephemerals=(BlankDisk(1),),
        swap=Swap(8),
        nics=(nic(), nic(model="e1000", mtu=None)),
        metadata={"a": "b"},
    )
    stages = []
    saved = subject.driver.spawn.spawn(guest, on_progress=stages.append)
    assert stages == STAGES
    assert saved["image_hw_machine_type"]
    (found,) = [g for g in subject.driver.spawn.list_guests() if g.uuid == guest.uuid]
    assert (found.name, found.state) == (guest.name, PowerState.RUNNING)
    wait_until_up(subject, guest)


def test_destroy_leaves_nothing_and_may_be_repeated(subject, guest):
    for _time in range(2):
        subject.driver.spawn.destroy(guest.uuid)
        assert subject.leftovers(guest.uuid) == []
    with pytest.raises(GuestNotFound):
        state(subject, guest)


def test_destroying_a_stranger_is_no_error(subject):
    subject.driver.spawn.destroy(NOBODY)


def test_the_same_guest_twice_is_refused_and_the_first_lives_on(subject, guest):
    with pytest.raises(GuestExists):
        subject.driver.spawn.spawn(guest)
    assert state(subject, guest) is PowerState.RUNNING


def test_disks_may_outlive_the_guest(subject, guest):
    subject.driver.spawn.destroy(guest.uuid, destroy_disks=False)
    with pytest.raises(GuestNotFound):
        state(subject, guest)
    assert subject.leftovers(guest.uuid)
    subject.driver.power.power_on(guest)
    assert state(subject, guest) is PowerState.RUNNING


def test_a_guest_waits_frozen_for_its_network(subject, spec):
    guest = spec(nics=(nic(),))
    seen = []
    subject.driver.spawn.spawn(guest, wait_for_plug=lambda: seen.append(state(subject, guest)))
    assert seen == [PowerState.PAUSED]
    assert state(subject, guest) is PowerState.RUNNING


def test_a_network_that_never_comes_undoes_the_guest(subject, spec):
    def never():
        raise PlugTimeout

    guest = spec()
    with pytest.raises(PlugTimeout):
        subject.driver.spawn.spawn(guest, wait_for_plug=never)
    assert subject.leftovers(guest.uuid) == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_failure_at_any_stage_leaves_nothing(subject, spec, stage):
    def fail(reached):
        if reached == stage:
            raise RuntimeError("the disk is on fire")

    guest = spec()
    with pytest.raises(CannotSpawn, match="on fire"):
        subject.driver.spawn.spawn(guest, on_progress=fail)
    assert subject.leftovers(guest.uuid) == []


@pytest.mark.parametrize("stage", STAGES)
def test_after_a_death_at_any_stage_destroy_cleans_up(subject, spec, stage):
    def die(reached):
        if reached == stage:
            raise Killed

    guest = spec()
    with pytest.raises(Killed):
        subject.driver.spawn.spawn(guest, on_progress=die)
    subject.driver.spawn.destroy(guest.uuid)
    assert subject.leftovers(guest.uuid) == []


def test_after_a_death_the_guest_can_be_built_again(subject, spec):
    def die(reached):
        if reached == "run":
            raise Killed

    guest = spec()
    with pytest.raises(Killed):
        subject.driver.spawn.spawn(guest, on_progress=die)
    subject.driver.spawn.destroy(guest.uuid)
    subject.driver.spawn.spawn(guest)
    assert state(subject, guest) is PowerState.RUNNING


def test_a_new_process_finds_the_guests_of_the_old(subject, guest):
    other = subject.reborn()
    try:
        assert other.spawn.guest_state(guest.uuid) is PowerState.RUNNING
        other.power.pause(guest.uuid)
        assert state(subject, guest) is PowerState.PAUSED
    finally:
        other.close()


def test_what_happens_behind_our_back_is_seen(subject, guest):
    subject.stop_behind(guest.uuid)
    assert state(subject, guest) is PowerState.SHUTDOWN
    subject.start_behind(guest.uuid)
    assert state(subject, guest) is PowerState.RUNNING


# Several real guests at once: minutes on a busy machine without hardware help.
@pytest.mark.timeout(400)
def test_many_boots_fetch_the_image_once(subject, spec):
    image = subject.images.add(b"\0" * 512 + b"shared")
    guests = [spec(image=image) for _ in range(4)]
    failed = []

    def boot(guest):
        try:
            subject.driver.spawn.spawn(guest)
        except NovaError as error:
            failed.append(error)

    threads = [threading.Thread(target=boot, args=(guest,)) for guest in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert subject.images.fetched.count(image.image_id) == 1


def test_an_image_that_was_altered_is_refused_everywhere(subject, spec):
    image = subject.images.add(b"good", hash_value="0" * 128)
    guest = spec(image=image)
    with pytest.raises(ImageChecksumMismatch):
        subject.driver.spawn.spawn(guest)
    assert subject.leftovers(guest.uuid) == []
    assert image.image_id not in {cached.image_id for cached in subject.driver.images.cached()}


def test_an_image_that_is_not_what_it_says_is_refused(subject, spec):
    image = subject.images.add(b"just bytes" * 100, disk_format="qcow2")
    with pytest.raises(BadImage, match="claims to be qcow2 and is raw"):
        subject.driver.spawn.spawn(spec(image=image))


def test_an_image_larger_than_the_disk_is_refused(subject, spec, tmp_path):
    path = tmp_path / "wide.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "2G"], check=True)
    image = subject.images.add(path.read_bytes(), disk_format="qcow2")
    with pytest.raises(ImageTooBig, match=f"is {2 * GIB} bytes") as caught:
        subject.driver.spawn.spawn(spec(root=RootDisk(image, size_gb=1)))
    assert isinstance(caught.value, BadGuest)


def test_an_image_that_cannot_be_had_lets_another_host_try(subject, spec):
    image = dataclasses.replace(subject.tiny, image_id=NOBODY)
    with pytest.raises(ImageUnavailable) as caught:
        subject.driver.spawn.spawn(spec(image=image))
    assert isinstance(caught.value, CannotSpawn)


def test_the_driver_knows_no_stranger(subject):
    with pytest.raises(GuestNotFound):
        subject.driver.spawn.guest_state(NOBODY)
    assert eventually(lambda: subject.driver.inventory.alive(), 1)
