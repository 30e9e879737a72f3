"""Take back a delete that was soft."""

from collections.abc import Mapping
from typing import Any

from nova.core.action import Action, HostAction, RecordAction
from nova.core.call import Answer, Call, Route
from nova.core.clock import minutes
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, Policy
from nova.core.shape import ANYTHING, Field, obj
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run
from nova.objects.server import Instance
from nova.resources.quotas.room import ledger_of
from nova.seams import ApiSeams
from nova.servers.face import accept, guard
from nova.servers.load import find, target_of
from nova.servers.steps.kept_secrets import startable


class Restore(HostAction):
    name = "restore"
    policy = Policy(
        "os-deferred-delete:restore", MEMBER, "Restore a server that was deleted softly",
        deprecated=("os_compute_api:os-deferred-delete", ADMIN_OR_OWNER),
    )
    body = ANYTHING
    moves = transition(
        VmState.SOFT_DELETED, via=TaskState.RESTORING, to=VmState.ACTIVE, launched_only=True
    )
    deadline = minutes(10)
    event = "compute_restore_instance"

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"deleted_at": None}

    def on_host(self, run: Run[Any]) -> None:
        """One that was in rescue when it was deleted is active again, from its own disk."""
        guest, driver = startable(run), run.seams.driver
        if driver.rescue is not None:
            driver.rescue.unrescue(guest, start=False)
        driver.power.power_on(guest)

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        """It waits anew to be reclaimed, or restored."""
        return {"deleted_at": run.seams.clock.now()}


class RestoreRecord(RecordAction):
    """Of a server that no host has: there is nothing to be started."""

    name = "restore"
    policy = Restore.policy
    moves = transition(VmState.SOFT_DELETED, to=VmState.ACTIVE)

    @property
    def kind(self) -> str:
        return "restore-record"

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"vm_state": VmState.ACTIVE.value, "deleted_at": None}


RESTORE, RESTORE_RECORD = Restore(), RestoreRecord()


def restore_server(call: Call[ApiSeams]) -> Answer:
    found = find(call, call.params["id"])
    instance = found.instance
    call.enforce(RESTORE.policy, target_of(instance))
    action: Action = RESTORE if instance.host else RESTORE_RECORD
    guard(call, action, instance)
    _require_room(call, instance)
    accept(call, action, instance, found.require_cell())
    call.seams.stores.api.mappings.set_queued_for_delete(instance.uuid, False)
    return Answer()


def _require_room(call: Call[ApiSeams], instance: Instance) -> None:
    """A server that waits to be reclaimed is not counted any more."""
    ledger = ledger_of(call, instance.project_id, instance.user_id)
    ledger.allowed_count(instance.flavor, 1, 1)


ROUTES = (
    Route("POST", "/servers/{id}/action", restore_server, success=202, action="restore",
          body=obj(Field("restore", ANYTHING, required=True)), policies=(RESTORE.policy,)),
)
