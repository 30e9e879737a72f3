"""Power on a stopped server."""

from typing import Any

from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run
from nova.servers.steps.kept_secrets import startable


class Start(HostAction):
    name = "os-start"
    record = "start"
    word = "start"
    policy = Policy("servers:start", MEMBER, "Start a server")
    moves = transition(VmState.STOPPED, via=TaskState.POWERING_ON, to=VmState.ACTIVE)
    deadline = minutes(10)
    needs_host = True
    event = "compute_start_instance"

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.power_on(startable(run))
