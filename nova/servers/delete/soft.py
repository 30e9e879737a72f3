"""Delete a server, but not for ever: it is stopped, and kept for a while.

Its owner may restore it until [DEFAULT]reclaim_instance_interval has passed; then its
host deletes it (nova/compute/upkeep/reclaim.py).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.core.action import WorkflowAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.core.workflow import PointOfNoReturn, Run, Side, Step, Workflow
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.delete.delete import DELETE
from nova.servers.steps.shutdown import grace
from nova.virt.contract.errors import GuestNotFound


class StopGuest(Step):
    """On the host; one that is down does it when it is back (it looks after guests that
    run and should not)."""

    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        driver = getattr(run.seams, "driver", None)
        if driver is None:
            return
        timeout, interval = grace(run.seams.conf, run.instance)
        try:
            driver.power.power_off(run.instance.uuid, timeout=timeout, retry_interval=interval)
        except GuestNotFound:
            return


class SoftDelete(WorkflowAction):
    name = "delete"
    policy = DELETE.policy
    moves = transition(via=TaskState.SOFT_DELETING, to=VmState.SOFT_DELETED, tasks=None)
    deadline = minutes(30)
    event: ClassVar[str] = "compute_soft_delete_instance"
    steps: ClassVar[Workflow] = (PointOfNoReturn(), StopGuest())

    @property
    def kind(self) -> str:
        return "soft-delete"

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"progress": 0, "deleted_at": call.seams.clock.now()}

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        return {
            "vm_state": VmState.SOFT_DELETED.value, "power_state": int(PowerState.SHUTDOWN)
        }

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {"vm_state": VmState.ERROR.value, "deleted_at": None}

    def ends(self) -> bool:
        return True

    def spares_host(self) -> bool:
        return True


SOFT_DELETE = SoftDelete()


def can_wait(call: Call[ApiSeams], instance: Instance) -> bool:
    """Whether a delete is to be soft: there is something that could be restored."""
    configured = call.seams.conf.reclaim_instance_interval > 0
    return bool(configured and instance.host and instance.launched_at)


def waits_already(instance: Instance) -> bool:
    return instance.vm_state == VmState.SOFT_DELETED and instance.task_state is None
