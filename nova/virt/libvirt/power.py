"""Power of guests."""

import logging

from nova.core.clock import Clock
from nova.virt.contract.errors import (
    MDEVS_STAY,
    CannotSuspend,
    GuestNotFound,
    HypervisorError,
    WrongPowerState,
)
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import WaitForPlug
from nova.virt.contract.states import NAMES, PowerState
from nova.virt.libvirt.builder import GuestBuilder
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.doomed import Doomed
from nova.virt.libvirt.profile import Profile

LOG = logging.getLogger(__name__)
AWAKE = (PowerState.RUNNING, PowerState.PAUSED)
POLL_SECONDS = 0.5
VERSION_OF_SAVED_MDEVS = (8_006_000, 8_001_000)


class LibvirtPower:
    def __init__(
        self, domains: Domains, builder: GuestBuilder, profile: Profile, clock: Clock,
        doomed: Doomed,
    ) -> None:
        self._domains = domains
        self._builder = builder
        self._profile = profile
        self._clock = clock
        self._doomed = doomed

    def power_on(self, guest: GuestSpec) -> None:
        if self._state(guest.uuid) is not PowerState.RUNNING:
            self._boot(guest)

    def power_off(self, uuid: str, *, timeout: float = 0, retry_interval: float = 10) -> None:
        state = self._domains.state(uuid)
        if state not in AWAKE and state is not PowerState.SUSPENDED:
            return
        if state is not PowerState.RUNNING or not self._shut_down(uuid, timeout, retry_interval):
            self._domains.kill(uuid)

    def reboot_soft(self, uuid: str, *, timeout: float) -> bool:
        if self._domains.state(uuid) is not PowerState.RUNNING:
            return False
        if not self._shut_down(uuid, timeout, timeout):
            return False
        try:
            self._domains.start(uuid)
        except HypervisorError as error:
            LOG.info("Guest %s does not start without more ado: %s", uuid, error)
            return False
        return True

    def reboot_hard(
        self, guest: GuestSpec, *, wait_for_plug: WaitForPlug | None = None
    ) -> None:
        self._boot(guest, wait_for_plug)

    def pause(self, uuid: str) -> None:
        if self._demand(uuid, "pause") is PowerState.RUNNING:
            self._domains.ask("pause", uuid, lambda domain: domain.suspend())

    def unpause(self, uuid: str) -> None:
        if self._demand(uuid, "unpause") is PowerState.PAUSED:
            self._domains.ask("unpause", uuid, lambda domain: domain.resume())

    def suspend(self, uuid: str) -> None:
        if self._domains.has_memory(uuid):
            return
        self._demand(uuid, "suspend")
        self._refuse_to_save(uuid)
        self._domains.ask("suspend", uuid, lambda domain: domain.managedSave(0))

    def hurry(self, uuid: str) -> None:
        self._doomed.add(uuid)

    def resume(self, guest: GuestSpec) -> None:
        if self._state(guest.uuid) is PowerState.RUNNING:
            return
        if self._domains.exists(guest.uuid) and self._domains.has_memory(guest.uuid):
            self._builder.plug(guest)
            with self._builder.secrets(guest):
                self._domains.start(guest.uuid)
            # What was frozen when it was saved comes back frozen.
            self.unpause(guest.uuid)
        else:
            self._boot(guest)

    def _refuse_to_save(self, uuid: str) -> None:
        """Old hypervisors cannot save what a mediated device does."""
        if self._profile.site().at_least(*VERSION_OF_SAVED_MDEVS):
            return
        devices = self._domains.definition(uuid).devices
        if devices is not None and any(one.type == "mdev" for one in devices.hostdevs):
            raise CannotSuspend(uuid=uuid, reason=MDEVS_STAY)

    def _boot(self, guest: GuestSpec, wait_for_plug: WaitForPlug | None = None) -> None:
        """Anew from its disks; nothing of an earlier run counts."""
        files = self._builder.files(guest)
        self._domains.kill(guest.uuid)
        if self._domains.exists(guest.uuid):
            self._domains.forget_memory(guest.uuid)
        self._builder.unplug(guest.uuid)
        self._builder.define(guest, files)
        self._builder.plug(guest)
        with self._builder.secrets(guest):
            self._domains.start(guest.uuid, paused=wait_for_plug is not None)
        if wait_for_plug is not None:
            self._unfreeze(guest.uuid, wait_for_plug)

    def _unfreeze(self, uuid: str, wait_for_plug: WaitForPlug) -> None:
        try:
            wait_for_plug()
        except Exception:
            self._domains.kill(uuid)
            raise
        self._domains.ask("run", uuid, lambda domain: domain.resume())

    def _state(self, uuid: str) -> PowerState | None:
        """None when the definition is lost."""
        try:
            return self._domains.state(uuid)
        except GuestNotFound:
            return None

    def _demand(self, uuid: str, verb: str) -> PowerState:
        state = self._domains.state(uuid)
        if state not in AWAKE:
            raise WrongPowerState(uuid=uuid, verb=verb, state=NAMES[state])
        return state

    def _shut_down(self, uuid: str, timeout: float, retry_interval: float) -> bool:
        """Press the power button, again and again; whether the guest obeyed in time."""
        start = self._clock.monotonic()
        pressed = -1
        while (passed := self._clock.monotonic() - start) < timeout:
            if self._doomed.has(uuid):
                break
            if int(passed // max(retry_interval, POLL_SECONDS)) > pressed:
                pressed = int(passed // max(retry_interval, POLL_SECONDS))
                self._press(uuid)
            # One that has shut down is there for a moment still, and cannot be started.
            if not self._domains.active(uuid):
                return True
            self._clock.sleep(min(POLL_SECONDS, timeout))
        return not self._domains.active(uuid)

    def _press(self, uuid: str) -> None:
        if self._domains.state(uuid) in AWAKE:
            self._domains.ask("shut down", uuid, lambda d: d.shutdown() if d.isActive() else None)
