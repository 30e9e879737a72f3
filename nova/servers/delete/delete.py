"""Delete a server, wherever it is and whatever it does.

The guest goes first, on its host; then the ports and the claim; the record
last, so that nothing is forgotten that still exists.  Each step may be done
again, and none is taken back: a delete only goes forward.  When the host is
down the conductor does the rest, and the host removes the guest when it
returns (nova/compute/upkeep/strays.py).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.core.action import WorkflowAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import PointOfNoReturn, Run, Side, Step, Workflow
from nova.servers.steps.allocation import DropAllocation
from nova.servers.steps.kept_secrets import forget_secrets
from nova.servers.steps.tpm import forget_for_its_user
from nova.servers.steps.wiring import FreeNetworks


class DestroyGuest(Step):
    """On the host; a host that is down does it when it is back."""

    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        driver = getattr(run.seams, "driver", None)
        if driver is not None:
            driver.spawn.destroy(run.instance.uuid)
            run.seams.books.release(run.instance.uuid)
        # What is left on a host that is down can be read by nobody then.
        forget_secrets(run)


class Delete(WorkflowAction):
    name = "delete"
    policy = Policy("servers:delete", MEMBER, "Delete a server")
    moves = transition(
        via=TaskState.DELETING, to=VmState.DELETED, tasks=None, launched_only=False
    )
    deadline = minutes(30)
    event: ClassVar[str] = "compute_terminate_instance"
    steps: ClassVar[Workflow] = (
        PointOfNoReturn(), DestroyGuest(), FreeNetworks(), DropAllocation(),
    )

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"progress": 0}

    def answer(self, call: Call[Any], instance: Any) -> None:
        """Nobody else may have the user's token when it is wanted: a host that dies takes it
        along."""
        forget_for_its_user(call, instance)

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        return {
            "vm_state": VmState.DELETED.value,
            "terminated_at": run.seams.clock.now(),
            "power_state": 0,
        }

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {"vm_state": VmState.ERROR.value}

    def deletes(self) -> bool:
        return True


DELETE = Delete()
