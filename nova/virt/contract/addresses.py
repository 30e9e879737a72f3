"""Where a guest finds its devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class DeviceAddress:
    """`kind` is nic or disk; `key` the MAC address, or the device name ("vda").

    `bus` is pci, scsi, sata, ide, usb or none, and `address` is written as the
    guest's system does: 0000:02:00.0 (pci), 0:0:1:0 (scsi, sata), 0:1 (usb);
    None when the hypervisor has not chosen it yet.
    """

    kind: str
    key: str
    bus: str
    address: str | None = None
    serial: str | None = None


class Addresses(Protocol):
    def of(self, uuid: str) -> Sequence[DeviceAddress]:
        """Raises GuestNotFound."""
