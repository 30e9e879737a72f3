"""Guests whose disks are encrypted where they lie."""

import dataclasses

import pytest

from nova.virt.contract import (
    DiskEncryption,
    PowerState,
    Quiesce,
    RootDisk,
    SnapshotWish,
)
from nova.virt.contract.errors import BadImage, HypervisorError, UnsupportedGuest
from tests.contracts.virt.subjects import state, wait_until_up

LOCK = DiskEncryption("of the disk", passphrase="7c" * 64)
OF_IMAGE = DiskEncryption("of the image", passphrase="a9" * 64)
ENCRYPTED = slice(32, 36)


def with_lock(guest, lock):
    return dataclasses.replace(guest, root=dataclasses.replace(guest.root, encryption=lock))


def locked(spec, image, lock=LOCK, **changes):
    return with_lock(spec(image, root=RootDisk(image, 0), **changes), lock)


def pictured(subject, guest):
    wish = SnapshotWish(Quiesce.NO, encryption=OF_IMAGE)
    with subject.driver.snapshots.take(guest, wish) as picture:
        assert picture.disk_format == "qcow2"
        return b"".join(picture.chunks())


def test_only_who_knows_how_can_start_and_read_it(subject, spec):
    power = subject.driver.power
    guest = locked(spec, subject.tiny)
    subject.driver.spawn.spawn(guest)
    wait_until_up(subject, guest)
    with pytest.raises(HypervisorError), subject.driver.snapshots.take(guest, SnapshotWish()):
        pass
    content = pictured(subject, guest)
    assert content[ENCRYPTED] == b"\0\0\0\2"

    power.suspend(guest.uuid)
    with pytest.raises(HypervisorError):
        power.resume(with_lock(guest, OF_IMAGE))
    power.resume(guest)
    assert state(subject, guest) is PowerState.RUNNING

    power.power_off(guest.uuid)
    for wrong in (dataclasses.replace(LOCK, passphrase=None), OF_IMAGE):
        with pytest.raises(HypervisorError):
            power.power_on(with_lock(guest, wrong))
        assert state(subject, guest) is not PowerState.RUNNING
    power.power_on(guest)
    assert state(subject, guest) is PowerState.RUNNING

    silent = subject.images.add(content, disk_format="qcow2")
    with pytest.raises(BadImage, match="it is encrypted"):
        subject.driver.spawn.spawn(locked(spec, silent))
    told = subject.images.add(content, disk_format="qcow2", encryption=DiskEncryption("of it"))
    known = dataclasses.replace(told, encryption=OF_IMAGE)
    for image, lock in ((told, LOCK), (known, None)):
        with pytest.raises(BadImage):
            subject.driver.spawn.spawn(locked(spec, image, lock))
    second = locked(spec, known)
    subject.driver.spawn.spawn(second)
    assert state(subject, second) is PowerState.RUNNING


def test_formats_that_there_are_not(subject, spec):
    guest = locked(spec, subject.tiny, dataclasses.replace(LOCK, format="luksv2"))
    with pytest.raises(UnsupportedGuest, match="luksv2"):
        subject.driver.spawn.spawn(guest)
    assert subject.leftovers(guest.uuid) == []


def test_the_host_says_that_it_can(subject):
    (node,) = subject.driver.inventory.nodes()
    wanted = {"COMPUTE_EPHEMERAL_ENCRYPTION", "COMPUTE_EPHEMERAL_ENCRYPTION_LUKS"}
    assert wanted <= subject.driver.traits(node)
