"""Where guests find their devices, and where others find their screens."""

import pytest

from nova.virt.contract.errors import ConsoleNotAvailable
from tests.contracts.virt.subjects import nic


def test_each_device_has_an_address(subject, spawn):
    card = nic()
    guest = spawn(nics=(card,))
    found = {(a.kind, a.key): a for a in subject.driver.addresses.of(guest.uuid)}
    assert found["nic", card.mac].bus == "pci"
    assert found["disk", "vda"].address.startswith("0000:")
    addresses = [address.address for address in found.values()]
    assert len(set(addresses)) == len(addresses)


def test_a_running_guest_can_be_seen_and_a_stopped_one_not(subject, guest):
    address = subject.driver.vnc.address(guest.uuid)
    assert address.host
    assert address.port > 0
    subject.driver.power.power_off(guest.uuid)
    with pytest.raises(ConsoleNotAvailable):
        subject.driver.vnc.address(guest.uuid)
