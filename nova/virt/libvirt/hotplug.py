"""Devices of existing guests: plugged into the running machine and its definition.

Taking one away from a running guest is a question to the guest: it may answer late,
or never.  So it is asked again and again, each time for a while.
"""

import logging
from collections.abc import Callable
from xml.etree import ElementTree as ET

import libvirt

from nova.core.clock import Clock
from nova.errors import NovaError
from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import AttachFailed, DetachFailed, HypervisorError, PlugFailed
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.builder import GuestBuilder
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.doomed import Doomed

LOG = logging.getLogger(__name__)
AWAKE = (PowerState.RUNNING, PowerState.PAUSED)
LIVE, KEPT = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
POLL_SECONDS = 0.25


class LibvirtHotplug:
    """`attempts` of `timeout` seconds each to have a guest let go of a device."""

    def __init__(
        self, domains: Domains, builder: GuestBuilder, clock: Clock, doomed: Doomed,
        attempts: int, timeout: float,
    ) -> None:
        self._domains = domains
        self._builder = builder
        self._clock = clock
        self._doomed = doomed
        self._attempts = attempts
        self._timeout = timeout

    def attach_nic(self, guest: GuestSpec, nic: Nic) -> None:
        text = self._wire(guest, nic)
        for where in self._places(guest.uuid):
            if self._find(guest.uuid, nic.mac, where) is None:
                self._change(guest.uuid, lambda d, w=where: d.attachDeviceFlags(text, w), nic)  # type: ignore[misc]
            if where == LIVE:
                self._builder.wired(guest.uuid)

    def detach_nic(self, uuid: str, mac: str) -> None:
        for where in reversed(self._places(uuid)):
            if where == KEPT:
                self._detach(uuid, mac, where)
            else:
                self._pull(uuid, mac)
        self._builder.unwire(uuid, mac)

    def _wire(self, guest: GuestSpec, nic: Nic) -> str:
        try:
            return self._builder.wire(guest, nic).to_text()
        except PlugFailed:
            if all(self._find(guest.uuid, nic.mac, w) is None for w in self._places(guest.uuid)):
                self._builder.unwire(guest.uuid, nic.mac)
            raise

    def _places(self, uuid: str) -> list[int]:
        """Where a device has to be: in the machine, if there is one, and in the definition."""
        return [LIVE, KEPT] if self._domains.state(uuid) in AWAKE else [KEPT]

    def _change(
        self, uuid: str, work: Callable[[libvirt.virDomain], object], nic: Nic
    ) -> None:
        try:
            self._domains.ask("attach an interface", uuid, work)
        except HypervisorError as error:
            self._forget(uuid, nic.mac)
            raise AttachFailed(
                device="network adapter device", uuid=uuid, reason=error.message
            ) from error

    def _forget(self, uuid: str, mac: str) -> None:
        """What is half attached."""
        try:
            self.detach_nic(uuid, mac)
        except NovaError as error:
            LOG.warning("Guest %s keeps interface %s: %s", uuid, mac, error)

    def _pull(self, uuid: str, mac: str) -> None:
        for attempt in range(1, self._attempts + 1):
            if not self._detach(uuid, mac, LIVE) or self._gone(uuid, mac):
                return
            if self._doomed.has(uuid):
                raise DetachFailed(device=mac, reason="the guest is to be destroyed")
            LOG.info("Guest %s holds interface %s still (attempt %s)", uuid, mac, attempt)
        raise DetachFailed(
            device=mac,
            reason=f"the guest did not let go of it in {self._attempts} attempts",
        )

    def _detach(self, uuid: str, mac: str, where: int) -> bool:
        """Ask; False when it is not there (any more)."""
        text = self._find(uuid, mac, where)
        if text is None:
            return False
        try:
            self._domains.ask("detach", uuid, lambda d: d.detachDeviceFlags(text, where))
        except HypervisorError as error:
            # Asked already and not answered yet, or answered in this very moment.
            LOG.info("Interface %s of guest %s: %s", mac, uuid, error)
        return True

    def _gone(self, uuid: str, mac: str) -> bool:
        end = self._clock.monotonic() + self._timeout
        while self._find(uuid, mac, LIVE) is not None:
            if self._clock.monotonic() >= end or self._doomed.has(uuid):
                return False
            self._clock.sleep(POLL_SECONDS)
        return True

    def _find(self, uuid: str, mac: str, where: int) -> str | None:
        """The device as the hypervisor describes it."""
        flags = libvirt.VIR_DOMAIN_XML_INACTIVE if where == KEPT else 0
        text = self._domains.ask("read the definition", uuid, lambda d: d.XMLDesc(flags))
        for nic in ET.fromstring(text).iterfind("devices/interface"):
            address = nic.find("mac")
            if address is not None and address.get("address", "").lower() == mac.lower():
                return ET.tostring(nic, encoding="unicode")
        return None
