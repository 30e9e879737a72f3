"""What running guests are plugged into, when their host lost it behind everybody's back."""

import subprocess
from collections.abc import Iterator

import pytest

from nova.virt.contract import Nic
from nova.virt.contract.errors import GuestNotFound, PlugFailed
from tests.contracts.virt.subjects import FakeSubject, nic, state

OWN_BRIDGE = "nova-ct-lost"


@pytest.fixture
def card() -> Iterator[Nic]:
    yield nic(bridge=OWN_BRIDGE)
    subprocess.run(["ip", "link", "del", OWN_BRIDGE], check=False, capture_output=True)


def plugged(subject, card):
    if isinstance(subject, FakeSubject):
        return card.tap not in subject.hypervisor.loose
    told = subprocess.run(["ip", "-o", "link", "show", "master", OWN_BRIDGE],
                          check=False, capture_output=True, text=True).stdout  # fmt: skip
    return card.tap in told


def lose(subject, card):
    if isinstance(subject, FakeSubject):
        subject.hypervisor.loose.add(card.tap)
    else:
        subprocess.run(["ip", "link", "del", OWN_BRIDGE], check=True)


def test_what_was_lost_is_there_again(subject, spawn, card):
    guest = spawn(nics=(card,))
    assert plugged(subject, card)
    before = subject.definition(guest)
    lose(subject, card)
    assert not plugged(subject, card)
    reborn = subject.reborn()
    for _time in range(2):
        reborn.ports.renew(guest.uuid)
        assert plugged(subject, card)
    assert (state(subject, guest), subject.definition(guest)) == (1, before)
    reborn.close()


@pytest.mark.parametrize("subject", ["libvirt"], indirect=True)
def test_one_interface_that_cannot_be_plugged_does_not_spoil_the_others(subject, spawn, card):
    other = nic(bridge=OWN_BRIDGE)
    guest = spawn(nics=(other, card))
    lose(subject, card)
    subprocess.run(["ip", "link", "del", other.tap], check=True)
    with pytest.raises(PlugFailed, match=other.tap):
        subject.driver.ports.renew(guest.uuid)
    assert plugged(subject, card)


def test_a_guest_without_interfaces_has_nothing_to_lose(subject, guest):
    subject.driver.ports.renew(guest.uuid)


def test_a_stranger(subject):
    with pytest.raises(GuestNotFound):
        subject.driver.ports.renew("00000000-0000-4000-8000-000000000000")
