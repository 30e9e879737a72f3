"""Guests as the hypervisor's library has them, by id, with our errors and states."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import libvirt

from nova.core.clock import Clock
from nova.virt.contract.errors import GuestNotFound, HypervisorError
from nova.virt.contract.spawn import GuestInfo
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.connection import Connection, means_lost
from nova.virt.libvirt.cpu_power import CpuPower
from nova.virt.libvirt.cpus import cpus_of
from nova.virt.libvirt.xml.domain import Domain

LOG = logging.getLogger(__name__)
T = TypeVar("T")

STATES: dict[int, PowerState] = {
    libvirt.VIR_DOMAIN_NOSTATE: PowerState.NOSTATE,
    libvirt.VIR_DOMAIN_RUNNING: PowerState.RUNNING,
    libvirt.VIR_DOMAIN_BLOCKED: PowerState.RUNNING,
    libvirt.VIR_DOMAIN_PAUSED: PowerState.PAUSED,
    libvirt.VIR_DOMAIN_SHUTDOWN: PowerState.SHUTDOWN,
    libvirt.VIR_DOMAIN_SHUTOFF: PowerState.SHUTDOWN,
    libvirt.VIR_DOMAIN_CRASHED: PowerState.CRASHED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: PowerState.SUSPENDED,
}
CRASHED_STOPS = frozenset({libvirt.VIR_DOMAIN_SHUTOFF_CRASHED, libvirt.VIR_DOMAIN_SHUTOFF_FAILED})
UNDEFINE = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
)
KILL_ATTEMPTS = 4


class Domains:
    """All methods raise GuestNotFound for an id that is not there (except where said),
    HypervisorUnavailable, HypervisorError.  `power` is that of processors, if it is
    looked after."""

    def __init__(
        self, connection: Connection, clock: Clock, power: CpuPower | None = None
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._power = power
        self._on_start: list[Callable[[str], None]] = []

    def on_start(self, function: Callable[[str], None]) -> None:
        """Called with the id of each guest that was started."""
        self._on_start.append(function)

    def all(self) -> Sequence[GuestInfo]:
        return self._connection.call("list guests", _list)

    def state(self, uuid: str) -> PowerState:
        return self.ask("read the state", uuid, _state)

    def active(self, uuid: str) -> bool:
        """Whether its process is there, perhaps only to end."""
        return self.ask("look at", uuid, lambda domain: bool(domain.isActive()))

    def exists(self, uuid: str) -> bool:
        try:
            self.state(uuid)
        except GuestNotFound:
            return False
        return True

    def definition(self, uuid: str) -> Domain:
        """As it is now: with the ports and devices of a running guest."""
        return Domain.from_text(self.ask("read the definition", uuid, lambda d: d.XMLDesc(0)))

    def define(self, definition: Domain) -> None:
        text = definition.to_text()
        self._connection.call("define a guest", lambda c: c.defineXML(text))

    def start(self, uuid: str, *, paused: bool = False) -> None:
        """Its saved memory is used if there is some."""
        flags = libvirt.VIR_DOMAIN_START_PAUSED if paused else 0
        with self._awake(uuid):
            self.ask("start", uuid, lambda d: None if d.isActive() else d.createWithFlags(flags))
        for function in self._on_start:
            function(uuid)

    def forget_memory(self, uuid: str) -> None:
        """Remove saved memory."""
        self.ask("forget", uuid, lambda d: d.managedSaveRemove() if _saved(d) else None)

    def has_memory(self, uuid: str) -> bool:
        return self.ask("look at", uuid, _saved)

    def kill(self, uuid: str) -> None:
        """Cut its power; a guest that is off or gone is left alone."""
        for attempt in range(KILL_ATTEMPTS):
            try:
                self.ask("stop", uuid, lambda d: d.destroy() if d.isActive() else None)
                return self.rest(uuid)
            except GuestNotFound:
                return self.rest(uuid)
            except HypervisorError:
                # A process that is stuck in the kernel takes a while to die.
                if attempt == KILL_ATTEMPTS - 1:
                    raise
                self._clock.sleep(1)

    def undefine(self, uuid: str) -> None:
        """Together with saved memory and firmware variables; gone already is fine."""
        try:
            self.ask("undefine", uuid, lambda d: d.undefineFlags(UNDEFINE))
        except GuestNotFound:
            LOG.debug("Guest %s had no definition", uuid)

    def rest(self, uuid: str) -> None:
        """The guest is off: what it had for itself may sleep."""
        if self._power is not None:
            self._power.stopped(uuid)

    def rest_if_off(self, uuid: str) -> None:
        """As somebody says who may be late."""
        try:
            awake = self.state(uuid) in (PowerState.RUNNING, PowerState.PAUSED)
        except GuestNotFound:
            awake = False
        if not awake:
            self.rest(uuid)

    def _awake(self, uuid: str) -> AbstractContextManager[None]:
        if self._power is None:
            return nullcontext()
        return self._power.starting(uuid, cpus_of(self.definition(uuid)))

    def ask(self, verb: str, uuid: str, function: Callable[[libvirt.virDomain], T]) -> T:
        """Run `function` on the guest."""

        def work(connection: libvirt.virConnect) -> T:
            try:
                return function(connection.lookupByUUIDString(uuid))
            except libvirt.libvirtError as error:
                if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                    raise GuestNotFound(uuid=uuid) from error
                raise

        return self._connection.call(verb, work)


def power_state(state: int, reason: int) -> PowerState:
    if state == libvirt.VIR_DOMAIN_SHUTOFF and reason in CRASHED_STOPS:
        return PowerState.CRASHED
    return STATES.get(state, PowerState.NOSTATE)


def _state(domain: libvirt.virDomain) -> PowerState:
    state, reason = domain.state()
    return power_state(state, reason)


def _saved(domain: libvirt.virDomain) -> bool:
    return bool(domain.hasManagedSaveImage())


def _list(connection: libvirt.virConnect) -> list[GuestInfo]:
    found = (_info(domain) for domain in connection.listAllDomains())
    return [info for info in found if info is not None]


def _info(domain: libvirt.virDomain) -> GuestInfo | None:
    """None if it went away meanwhile."""
    try:
        return GuestInfo(domain.UUIDString(), domain.name(), _state(domain))
    except libvirt.libvirtError as error:
        if means_lost(error):
            raise
        return None
