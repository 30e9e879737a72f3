"""Addresses of devices, read from the guest's definition."""

from collections.abc import Sequence

from nova.virt.contract.addresses import DeviceAddress
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.xml.address import Address
from nova.virt.libvirt.xml.devices import Devices


class LibvirtAddresses:
    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def of(self, uuid: str) -> Sequence[DeviceAddress]:
        devices = self._domains.definition(uuid).devices or Devices()
        nics = [
            DeviceAddress("nic", nic.mac or "", "pci", written(nic.address))
            for nic in devices.interfaces
        ]
        disks = [
            DeviceAddress(
                "disk", disk.target or "", _bus(disk.bus), written(disk.address), disk.serial
            )
            for disk in devices.disks
        ]
        return [*nics, *disks]


def written(address: Address | None) -> str | None:
    """As the guest's system writes it."""
    if address is None:
        return None
    if address.type == "pci":
        parts = (address.domain, address.bus, address.slot, address.function)
        domain, bus, slot, function = (int(part or "0", 16) for part in parts)
        return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"
    if address.type == "usb":
        return f"{address.bus}:{address.port}"
    if address.type == "drive":
        return ":".join(
            part or "0"
            for part in (address.controller, address.bus, address.target, address.unit)
        )
    return None


def _bus(bus: str | None) -> str:
    return "pci" if bus == "virtio" else bus or "none"
