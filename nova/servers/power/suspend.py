"""Save a server's memory to disk and stop it."""

from typing import Any

from nova.core.action import HostAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run
from nova.servers.steps.refusals import refuse_encrypted_memory


class Suspend(HostAction):
    name = "suspend"
    policy = Policy("os-suspend-server:suspend", MEMBER, "Suspend a server")
    moves = transition(VmState.ACTIVE, via=TaskState.SUSPENDING, to=VmState.SUSPENDED)
    deadline = minutes(30)
    event = "compute_suspend_instance"

    def check(self, call: Call[Any], instance: Any) -> None:
        refuse_encrypted_memory(self.name, instance)

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.suspend(run.instance.uuid)
