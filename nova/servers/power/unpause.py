"""Let a paused server run again."""

from typing import Any

from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run


class Unpause(HostAction):
    name = "unpause"
    policy = Policy("os-pause-server:unpause", MEMBER, "Unpause a paused server")
    moves = transition(VmState.PAUSED, via=TaskState.UNPAUSING, to=VmState.ACTIVE)
    deadline = minutes(2)
    event = "compute_unpause_instance"

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.unpause(run.instance.uuid)
