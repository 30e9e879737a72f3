"""Power off a server, asking its guest to shut down first."""

from typing import Any

from nova.core.action import HostAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run
from nova.servers.steps.shutdown import grace


class Stop(HostAction):
    name = "os-stop"
    record = "stop"
    word = "stop"
    policy = Policy("servers:stop", MEMBER, "Stop a server")
    moves = transition(
        VmState.ACTIVE, VmState.ERROR, via=TaskState.POWERING_OFF, to=VmState.STOPPED
    )
    deadline = minutes(30)
    needs_host = True
    event = "compute_stop_instance"

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"progress": 0}

    def on_host(self, run: Run[Any]) -> None:
        timeout, interval = grace(run.seams.conf, run.instance)
        run.seams.driver.power.power_off(
            run.instance.uuid, timeout=timeout, retry_interval=interval
        )
