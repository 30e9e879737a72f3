"""DELETE /servers/{id}: a build request is dropped, a server is ended, or set aside."""

from typing import Any

from nova.core.call import Answer, Call, Route
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.delete.delete import DELETE
from nova.servers.delete.soft import SOFT_DELETE, can_wait, waits_already
from nova.servers.errors import InstanceLocked
from nova.servers.face import accept, guard
from nova.servers.load import find, target_of


def delete_server(call: Call[ApiSeams]) -> Answer:
    uuid = call.params["id"]
    found = find(call, uuid)
    call.enforce(DELETE.policy, target_of(found.instance))
    if found.cell is None:
        _refuse_locked(call, found.instance)
        if call.seams.stores.api.builds.cancel(uuid):
            return Answer()
        found = find(call, uuid)
    _delete(call, found.instance, found.require_cell())
    return Answer()


def _delete(call: Call[ApiSeams], instance: Instance, cell: Any) -> None:
    """Asking again is accepted, and changes nothing."""
    guard(call, DELETE, instance)
    if not can_wait(call, instance):
        accept(call, DELETE, instance, cell)
        DELETE.answer(call, instance)
    elif not waits_already(instance):
        accept(call, SOFT_DELETE, instance, cell)


def _refuse_locked(call: Call[ApiSeams], instance: Any) -> None:
    if instance.locked and not call.context.is_admin:
        raise InstanceLocked(instance_uuid=instance.uuid)


ROUTES = (
    Route("DELETE", "/servers/{id}", delete_server, success=204, policies=(DELETE.policy,)),
)
