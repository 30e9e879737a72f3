"""Have a server's guest write a crash dump: it gets a non-maskable interrupt."""

from typing import Any

from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import NULL
from nova.core.states import VmState, transition
from nova.core.workflow import Run
from nova.errors import Invalid, NovaError
from nova.microversions import CRASH_DUMP


class NoCrashDump(Invalid):
    template = "Triggering crash dump is not supported"


class TriggerCrashDump(HostAction):
    name = "trigger_crash_dump"
    policy = Policy("servers:trigger_crash_dump", MEMBER, "Have a server write a crash dump")
    body = NULL
    moves = transition(
        VmState.ACTIVE, VmState.PAUSED, VmState.RESCUED, VmState.RESIZED, VmState.ERROR
    )
    deadline = minutes(2)
    since = CRASH_DUMP
    needs_host = True
    needs = "crash_dump"
    event = "compute_trigger_crash_dump"

    def unsupported(self, instance: Any) -> NovaError:
        return NoCrashDump()

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.crash_dump.trigger(run.instance.uuid)
