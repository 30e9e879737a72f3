"""Crash dumps of fake guests: a line on their console."""

import dataclasses

from nova.virt.contract.states import PowerState
from nova.virt.fake.hypervisor import FakeHypervisor

TRACE = "FAKE NMI RECEIVED"


class FakeCrashDump:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def trigger(self, uuid: str) -> None:
        self._hypervisor.faults.strike("trigger", uuid)
        guest = self._hypervisor.demand(
            uuid, "write a crash dump", PowerState.RUNNING, PowerState.PAUSED
        )
        self._hypervisor.put(dataclasses.replace(guest, console=f"{guest.console}\n{TRACE}"))
