"""Start a rescued server from its own disk again."""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.core.action import WorkflowAction
from nova.core.clock import minutes
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run, Workflow
from nova.servers.rescue.steps import StartFromOwnDisk


class Unrescue(WorkflowAction):
    name = "unrescue"
    policy = Policy(
        "os-unrescue", MEMBER, "Unrescue a server",
        deprecated=("os_compute_api:os-rescue", ADMIN_OR_OWNER),
    )  # fmt: skip
    moves = transition(VmState.RESCUED, via=TaskState.UNRESCUING, to=VmState.ACTIVE)
    deadline = minutes(30)
    event: ClassVar[str] = "compute_unrescue_instance"
    needs = "rescue"
    steps: ClassVar[Workflow] = (StartFromOwnDisk(),)

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        state = run.seams.driver.spawn.guest_state(run.instance.uuid)
        return {"vm_state": VmState.ACTIVE.value, "power_state": int(state)}

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {"vm_state": VmState.ERROR.value}
