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
from nova.core.call import Answer, Call, Route
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import PointOfNoReturn, Run, Side, Step, Workflow
from nova.seams import ApiSeams
from nova.servers.errors import InstanceLocked
from nova.servers.face import accept, guard
from nova.servers.load import find, target_of
from nova.servers.steps.allocation import DropAllocation
from nova.servers.steps.wiring import FreeNetworks


class DestroyGuest(Step):
    """On the host; a host that is down does it when it is back."""

    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        driver = getattr(run.seams, "driver", None)
        if driver is not None:
            driver.spawn.destroy(run.instance.uuid)
            run.seams.books.release(run.instance.uuid)


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


def delete_server(call: Call[ApiSeams]) -> Answer:
    """DELETE /servers/{id}: a build request is dropped, a server is ended."""
    uuid = call.params["id"]
    found = find(call, uuid)
    call.enforce(DELETE.policy, target_of(found.instance))
    if found.cell is None:
        _refuse_locked(call, found.instance)
        if call.seams.stores.api.builds.cancel(uuid):
            return Answer()
        found = find(call, uuid)
    cell = found.require_cell()
    guard(call, DELETE, found.instance)
    if found.instance.task_state != TaskState.DELETING or not _already(cell, uuid):
        accept(call, DELETE, found.instance, cell)
    return Answer()


def _refuse_locked(call: Call[ApiSeams], instance: Any) -> None:
    if instance.locked and not call.context.is_admin:
        raise InstanceLocked(instance_uuid=instance.uuid)


def _already(cell: Any, uuid: str) -> bool:
    """A delete is under way: asking twice is accepted and does nothing."""
    return any(op.kind == DELETE.kind and op.finish_time is None
               for op in cell.operations.of_instance(uuid))


ROUTES = (
    Route("DELETE", "/servers/{id}", delete_server, success=204, policies=(DELETE.policy,)),
)
