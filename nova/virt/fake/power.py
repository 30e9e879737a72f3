"""Power of fake guests."""

import dataclasses

from nova.virt.contract.errors import MDEVS_STAY, CannotSuspend, GuestNotFound
from nova.virt.contract.events import Transition
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import WaitForPlug
from nova.virt.contract.states import PowerState
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.fake.locks import require_keys
from nova.virt.fake.mdevs import FakeMdevs

AWAKE = (PowerState.RUNNING, PowerState.PAUSED)


class FakePower:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def power_on(self, guest: GuestSpec) -> None:
        known = self._enter("power_on", guest.uuid)
        if not (known.defined and known.state is PowerState.RUNNING):
            self._boot(known, guest)

    def power_off(self, uuid: str, *, timeout: float = 0, retry_interval: float = 10) -> None:
        self._enter("power_off", uuid)
        if self._hypervisor.defined(uuid).state in AWAKE:
            if timeout and uuid in self._hypervisor.faults.deaf:
                self._hypervisor.wait_for(uuid, timeout)
            self._hypervisor.change(uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)

    def reboot_soft(self, uuid: str, *, timeout: float) -> bool:
        self._enter("reboot_soft", uuid)
        guest = self._hypervisor.defined(uuid)
        if guest.state is not PowerState.RUNNING:
            return False
        if uuid in self._hypervisor.faults.deaf:
            self._hypervisor.wait_for(uuid, timeout)
            return False
        self._hypervisor.change(uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)
        self._hypervisor.put(guest.booted(), Transition.STARTED)
        return True

    def reboot_hard(
        self, guest: GuestSpec, *, wait_for_plug: WaitForPlug | None = None
    ) -> None:
        known = self._enter("reboot_hard", guest.uuid)
        if known.defined and known.state in AWAKE:
            self._hypervisor.change(guest.uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)
        if wait_for_plug is not None:
            self._await(known, wait_for_plug)
        self._boot(known, guest)

    def pause(self, uuid: str) -> None:
        self._enter("pause", uuid)
        if self._hypervisor.demand(uuid, "pause", *AWAKE).state is PowerState.RUNNING:
            self._hypervisor.change(uuid, Transition.PAUSED, state=PowerState.PAUSED)

    def unpause(self, uuid: str) -> None:
        self._enter("unpause", uuid)
        if self._hypervisor.demand(uuid, "unpause", *AWAKE).state is PowerState.PAUSED:
            self._hypervisor.change(uuid, Transition.RESUMED, state=PowerState.RUNNING)

    def suspend(self, uuid: str) -> None:
        if self._enter("suspend", uuid).saved_memory:
            return
        if self._hypervisor.demand(uuid, "suspend", *AWAKE).mdevs:
            raise CannotSuspend(uuid=uuid, reason=MDEVS_STAY)
        self._hypervisor.change(
            uuid, Transition.SUSPENDED, state=PowerState.SHUTDOWN, saved_memory=True
        )

    def hurry(self, uuid: str) -> None:
        self._hypervisor.doomed.add(uuid)

    def resume(self, guest: GuestSpec) -> None:
        known = self._enter("resume", guest.uuid)
        if known.state is PowerState.RUNNING:
            return
        if known.saved_memory:
            require_keys(known.locks, guest)
            FakeMdevs(self._hypervisor).ensure(guest.uuid, guest.mdevs)
            self._hypervisor.change(
                guest.uuid, Transition.RESUMED, state=PowerState.RUNNING, saved_memory=False
            )
        else:
            self._boot(known, guest)

    def _enter(self, verb: str, uuid: str) -> FakeGuest:
        """The guest, or what is left of it."""
        self._hypervisor.faults.strike(verb, uuid)
        guest = self._hypervisor.find(uuid)
        if guest is None:
            raise GuestNotFound(uuid=uuid)
        return guest

    def _await(self, known: FakeGuest, wait_for_plug: WaitForPlug) -> None:
        frozen = dataclasses.replace(known, defined=True, state=PowerState.PAUSED)
        self._hypervisor.put(frozen, Transition.STARTED)
        try:
            wait_for_plug()
        except Exception:
            self._hypervisor.change(known.uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)
            raise

    def _boot(self, known: FakeGuest, guest: GuestSpec) -> None:
        """As a new definition says, which may have other sizes than the old."""
        require_keys(known.locks, guest)
        FakeMdevs(self._hypervisor).ensure(guest.uuid, guest.mdevs)
        renewed = dataclasses.replace(
            known, vcpus=guest.vcpus, memory_mb=guest.memory_mb,
            mdevs=tuple(one.uuid for one in guest.mdevs),
        )
        self._hypervisor.put(renewed.booted(), Transition.STARTED)
