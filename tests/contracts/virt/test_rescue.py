"""Guests that start from another disk than their own, and go back to it."""

import dataclasses

import pytest

from nova.virt.contract import BlankDisk, ConfigDrive, ImageRef, PowerState, RescueDisk, Swap
from nova.virt.contract.errors import (
    CannotSpawn,
    GuestNotFound,
    ImageUnavailable,
    UnsupportedGuest,
)
from tests.contracts.virt.subjects import describe, eventually, state, wait_until_up

NOBODY = "00000000-0000-4000-8000-000000000000"
STABLE = {"hw_rescue_device": "disk", "hw_rescue_bus": "virtio"}


@pytest.fixture
def other(subject):
    """Another system to start from."""
    return subject.rescuer


def boots_other(subject, guest):
    return eventually(
        lambda: subject.rescue_banner in subject.driver.console.output(guest.uuid),
        subject.patience,
    )


@pytest.mark.parametrize("properties", [{}, STABLE], ids=["first", "stable"])
def test_to_and_fro(subject, spawn, other, properties):
    guest = spawn(ephemerals=(BlankDisk(1),), swap=Swap(8))
    wait_until_up(subject, guest)
    before = subject.definition(guest)
    files = subject.leftovers(guest.uuid)
    drive = ConfigDrive({"openstack/latest/meta_data.json": b'{"admin_pass": "x"}'})
    subject.driver.rescue.rescue(guest, RescueDisk(other, properties, drive))
    assert state(subject, guest) is PowerState.RUNNING
    assert boots_other(subject, guest)
    subject.driver.rescue.unrescue(guest)
    assert state(subject, guest) is PowerState.RUNNING
    assert subject.definition(guest) == before
    assert subject.leftovers(guest.uuid) == files


def test_from_its_own_image(subject, guest):
    subject.driver.rescue.rescue(guest, RescueDisk())
    assert state(subject, guest) is PowerState.RUNNING
    subject.driver.rescue.unrescue(guest)


def test_what_its_disk_holds_survives(subject, spawn, other):
    guest = spawn()
    subject.driver.power.power_off(guest.uuid)
    subject.write(guest, "precious")
    subject.driver.rescue.rescue(guest, RescueDisk(other))
    subject.driver.rescue.unrescue(guest)
    assert "precious" in subject.read(guest)


def test_twice_and_back_once(subject, guest, other):
    before = subject.definition(guest)
    for properties in ({}, STABLE):
        subject.driver.rescue.rescue(guest, RescueDisk(other, properties))
    for start in (False, True):
        subject.driver.rescue.unrescue(guest, start=start)
        assert state(subject, guest) is (PowerState.RUNNING if start else PowerState.SHUTDOWN)
        assert subject.definition(guest) == before


def test_off_guests_are_rescued_too(subject, guest, other):
    subject.driver.power.power_off(guest.uuid)
    subject.driver.rescue.rescue(guest, RescueDisk(other))
    assert state(subject, guest) is PowerState.RUNNING
    subject.driver.rescue.unrescue(guest, start=False)
    assert state(subject, guest) is PowerState.SHUTDOWN


def test_an_image_that_cannot_be_had_leaves_the_guest_alone(subject, guest):
    absent = dataclasses.replace(subject.tiny, image_id=NOBODY)
    with pytest.raises(ImageUnavailable):
        subject.driver.rescue.rescue(guest, RescueDisk(absent))
    assert state(subject, guest) is PowerState.RUNNING


@pytest.mark.parametrize("wish", [{"hw_rescue_bus": "xen"}, {"hw_rescue_device": "lun"}])
def test_devices_that_there_are_not(subject, guest, other, wish):
    with pytest.raises(UnsupportedGuest) as caught:
        subject.driver.rescue.rescue(guest, RescueDisk(other, wish))
    assert isinstance(caught.value, CannotSpawn)
    assert state(subject, guest) is PowerState.RUNNING


def test_strangers(subject, other):
    stranger = describe(subject.tiny)
    with pytest.raises(GuestNotFound):
        subject.driver.rescue.rescue(stranger, RescueDisk(other))
    with pytest.raises(GuestNotFound):
        subject.driver.rescue.unrescue(stranger)
    assert isinstance(other, ImageRef)


def test_it_can_be_ended_in_rescue(subject, guest, other):
    subject.driver.rescue.rescue(guest, RescueDisk(other, STABLE))
    subject.driver.spawn.destroy(guest.uuid)
    assert subject.leftovers(guest.uuid) == []
