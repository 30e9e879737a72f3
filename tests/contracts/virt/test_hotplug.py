"""Interfaces that come and go, with and without a guest running."""

import pytest

from nova.virt.contract import PowerState
from nova.virt.contract.errors import DetachFailed, GuestNotFound, PlugFailed
from tests.contracts.virt.subjects import describe, nic, state


def macs(subject, guest):
    return {one.key for one in subject.driver.addresses.of(guest.uuid) if one.kind == "nic"}


def test_a_running_guest_gets_an_interface(subject, spawn):
    first, second = nic(), nic()
    guest = spawn(nics=(first,))
    for _time in range(2):
        subject.driver.hotplug.attach_nic(guest, second)
    assert macs(subject, guest) == {first.mac, second.mac}
    assert state(subject, guest) is PowerState.RUNNING
    subject.driver.power.power_off(guest.uuid)
    assert macs(subject, guest) == {first.mac, second.mac}, "it is kept over power cycles"


def test_a_stopped_guest_gets_one_and_loses_it(subject, guest):
    card = nic()
    subject.driver.power.power_off(guest.uuid)
    subject.driver.hotplug.attach_nic(guest, card)
    assert macs(subject, guest) == {card.mac}
    for _time in range(2):
        subject.driver.hotplug.detach_nic(guest.uuid, card.mac)
    assert macs(subject, guest) == set()


def test_a_guest_that_does_not_let_go(subject, spawn):
    card = nic()
    guest = spawn(image=subject.deaf, nics=(card,))
    subject.clinging(guest)
    with pytest.raises(DetachFailed, match=f"Device detach failed for {card.mac}"):
        subject.driver.hotplug.detach_nic(guest.uuid, card.mac)
    assert macs(subject, guest) == {card.mac}


def test_a_port_that_is_not_bound_here(subject, guest):
    with pytest.raises(PlugFailed):
        subject.driver.hotplug.attach_nic(guest, nic(vif_type="unbound"))
    assert macs(subject, guest) == set()


def test_strangers(subject):
    with pytest.raises(GuestNotFound):
        subject.driver.hotplug.attach_nic(describe(subject.tiny), nic())
    with pytest.raises(GuestNotFound):
        subject.driver.hotplug.detach_nic("00000000-0000-4000-8000-000000000000", nic().mac)
