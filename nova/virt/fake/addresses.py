"""Addresses of fake devices: one PCI slot after another, as they were described."""

from collections.abc import Sequence

from nova.virt.contract.addresses import DeviceAddress
from nova.virt.fake.hypervisor import FakeHypervisor


class FakeAddresses:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def of(self, uuid: str) -> Sequence[DeviceAddress]:
        guest = self._hypervisor.defined(uuid)
        keys = [*(("nic", mac) for mac in guest.macs), *(("disk", name) for name in guest.disks)]
        return [
            DeviceAddress(kind, key, "pci", f"0000:00:{slot:02x}.0")
            for slot, (kind, key) in enumerate(keys, start=2)
        ]
