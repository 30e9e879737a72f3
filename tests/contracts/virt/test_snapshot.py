"""Pictures of guests' disks."""

import dataclasses

import pytest

from nova.virt.contract import PowerState, Quiesce, SnapshotWish
from nova.virt.contract.errors import GuestNotFound, NovaError, QuiesceFailed
from tests.contracts.virt.subjects import describe, state, wait_until_up

AWAY = "00000000-0000-4000-8000-000000000000"


def taken(subject, guest, wish=None):
    with subject.driver.snapshots.take(guest, wish or SnapshotWish()) as picture:
        content = b"".join(picture.chunks())
        assert len(content) == picture.size
        assert b"".join(picture.chunks()) == content
    return subject.images.add(content, disk_format=picture.disk_format)


def test_a_picture_of_a_running_guest_is_bootable_and_tells_what_was_written(
    subject, spawn, spec
):
    guest = spawn()
    wait_until_up(subject, guest)
    subject.write(guest, "remember me")
    image = taken(subject, guest)
    assert state(subject, guest) is PowerState.RUNNING
    twin = spec(image=image)
    subject.driver.spawn.spawn(twin)
    wait_until_up(subject, twin)
    assert "remember me" in subject.read(twin)


def test_of_a_guest_that_is_off(subject, spawn, spec):
    guest = spawn()
    subject.driver.power.power_off(guest.uuid)
    subject.write(guest, "written while it was off")
    twin = spec(image=taken(subject, guest))
    assert state(subject, guest) is PowerState.SHUTDOWN
    subject.driver.spawn.spawn(twin)
    assert "written while it was off" in subject.read(twin)


def test_a_frozen_guest_stays_frozen_and_a_sleeping_one_asleep(subject, guest):
    power = subject.driver.power
    power.pause(guest.uuid)
    taken(subject, guest)
    assert state(subject, guest) is PowerState.PAUSED
    power.suspend(guest.uuid)
    taken(subject, guest, SnapshotWish(sleeps=True))
    assert state(subject, guest) is PowerState.SHUTDOWN
    power.resume(guest)
    assert state(subject, guest) is PowerState.RUNNING


def test_what_was_written_later_is_not_in_it(subject, guest):
    with subject.driver.snapshots.take(guest, SnapshotWish()) as picture:
        subject.write(guest, "too late")
        assert b"too late" not in b"".join(picture.chunks())


def test_nothing_is_left_of_it(subject, guest):
    before = set(subject.litter())
    stages = []
    wish = SnapshotWish()
    with subject.driver.snapshots.take(guest, wish, on_extract=lambda: stages.append(1)):
        assert stages == [1]
    with pytest.raises(RuntimeError), subject.driver.snapshots.take(guest, wish):
        raise RuntimeError("the image service is away")
    assert set(subject.litter()) == before


def test_what_a_dead_process_left_is_forgotten(subject, guest):
    class Killed(BaseException):
        pass

    before = set(subject.litter())
    with pytest.raises(Killed), subject.driver.snapshots.take(guest, SnapshotWish()):
        raise Killed
    assert subject.driver.snapshots.left() == [guest.uuid]
    for _time in range(2):
        subject.driver.snapshots.forget(guest.uuid)
    assert set(subject.litter()) == before and subject.driver.snapshots.left() == []
    taken(subject, guest)


def test_what_a_dead_process_left_goes_with_the_guest(subject, guest):
    class Killed(BaseException):
        pass

    with pytest.raises(Killed), subject.driver.snapshots.take(guest, SnapshotWish()):
        raise Killed
    subject.driver.spawn.destroy(guest.uuid, destroy_disks=False)
    assert subject.driver.snapshots.left() == [guest.uuid]
    subject.driver.spawn.destroy(guest.uuid)
    assert subject.driver.snapshots.left() == []


def test_of_a_stranger(subject):
    stranger = describe(subject.tiny)
    with pytest.raises(GuestNotFound), subject.driver.snapshots.take(stranger, SnapshotWish()):
        pass
    subject.driver.snapshots.forget(AWAY)


def test_a_guest_without_an_agent_cannot_rest(subject, spawn):
    guest = spawn(image=subject.deaf)
    taken(subject, guest, SnapshotWish(quiesce=Quiesce.TRY))
    must = SnapshotWish(quiesce=Quiesce.MUST)
    with pytest.raises(QuiesceFailed) as caught, subject.driver.snapshots.take(guest, must):
        pass
    assert isinstance(caught.value, NovaError)
    assert state(subject, guest) is PowerState.RUNNING
    taken(subject, dataclasses.replace(guest))
