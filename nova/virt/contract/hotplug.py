"""Devices that come and go while a guest exists, whether it runs or not."""

from typing import Protocol

from nova.virt.contract.devices import Nic
from nova.virt.contract.guest import GuestSpec


class Hotplug(Protocol):
    """All of it raises GuestNotFound, and may be done twice."""

    def attach_nic(self, guest: GuestSpec, nic: Nic) -> None:
        """One more interface, kept over power cycles.  One with this MAC address that is
        there already is left as it is.  Raises AttachFailed, PlugFailed, UnsupportedGuest."""

    def detach_nic(self, uuid: str, mac: str) -> None:
        """Take an interface away; one that is not there is fine.  A running guest has to
        let go of it: DetachFailed when it does not, however often it is asked."""
