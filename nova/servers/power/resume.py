"""Let a suspended server go on."""

from typing import Any

from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run
from nova.servers.steps.kept_secrets import startable


class Resume(HostAction):
    name = "resume"
    policy = Policy("os-suspend-server:resume", MEMBER, "Resume a suspended server")
    moves = transition(VmState.SUSPENDED, via=TaskState.RESUMING, to=VmState.ACTIVE)
    deadline = minutes(30)
    event = "compute_resume_instance"

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.resume(startable(run))
