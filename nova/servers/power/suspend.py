"""Save a server's memory to disk and stop it."""

from typing import Any

from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run


class Suspend(HostAction):
    name = "suspend"
    policy = Policy("os-suspend-server:suspend", MEMBER, "Suspend a server")
    moves = transition(VmState.ACTIVE, via=TaskState.SUSPENDING, to=VmState.SUSPENDED)
    deadline = minutes(30)
    event = "compute_suspend_instance"

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.suspend(run.instance.uuid)
