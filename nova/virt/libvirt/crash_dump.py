"""Non-maskable interrupts."""

from nova.virt.contract.errors import WrongPowerState
from nova.virt.contract.states import NAMES, PowerState
from nova.virt.libvirt.domains import Domains

AWAKE = (PowerState.RUNNING, PowerState.PAUSED)


class LibvirtCrashDump:
    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def trigger(self, uuid: str) -> None:
        state = self._domains.state(uuid)
        if state not in AWAKE:
            raise WrongPowerState(uuid=uuid, verb="write a crash dump", state=NAMES[state])
        self._domains.ask("send an interrupt", uuid, lambda domain: domain.injectNMI())
