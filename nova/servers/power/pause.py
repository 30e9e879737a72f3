"""Freeze a server in memory."""

from typing import Any

from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run


class Pause(HostAction):
    name = "pause"
    policy = Policy("os-pause-server:pause", MEMBER, "Pause a server")
    moves = transition(VmState.ACTIVE, via=TaskState.PAUSING, to=VmState.PAUSED)
    deadline = minutes(2)
    event = "compute_pause_instance"

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.pause(run.instance.uuid)
