"""A server's metadata: key and value pairs of its owner."""

from typing import Any

from nova.core.action import RecordAction
from nova.core.call import Answer, Call, Route
from nova.core.policy import MEMBER, READER, Policy
from nova.core.shape import NO_QUERY, Field, obj, raw
from nova.core.states import VmState, transition
from nova.errors import NotFound, Refused
from nova.objects.server import Instance
from nova.resources.quotas.limits import UNLIMITED, limits_of
from nova.seams import ApiSeams
from nova.servers.errors import MetadataLimitExceeded
from nova.servers.face import guard
from nova.servers.load import Found, find_for
from nova.servers.steps.shapes import METADATA

CHANGEABLE = transition(
    VmState.ACTIVE, VmState.PAUSED, VmState.SUSPENDED, VmState.STOPPED, tasks=None
)
BODY = obj(Field("metadata", METADATA, required=True))
ONE = obj(Field("meta", raw(
    type="object",
    patternProperties={"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    additionalProperties=False,
    minProperties=1,
    maxProperties=1,
), required=True))
LIST = Policy("server-metadata:index", READER, "List a server's metadata")
SHOW = Policy("server-metadata:show", READER, "Show an item of a server's metadata")
CREATE = Policy("server-metadata:create", MEMBER, "Add to a server's metadata")
REPLACE = Policy("server-metadata:update_all", MEMBER, "Replace a server's metadata")
UPDATE = Policy("server-metadata:update", MEMBER, "Set an item of a server's metadata")
DELETE = Policy("server-metadata:delete", MEMBER, "Delete an item of a server's metadata")


class MetadataItemNotFound(NotFound):
    template = "Metadata item was not found"


class _Change(RecordAction):
    name = "update metadata"
    moves = CHANGEABLE


class _Removal(_Change):
    name = "delete metadata"


def _listed(call: Call[ApiSeams]) -> Any:
    return {"metadata": dict(find_for(call, LIST, "server_id").instance.metadata)}


def _shown(call: Call[ApiSeams]) -> Any:
    instance = find_for(call, SHOW, "server_id").instance
    return {"meta": {call.params["id"]: _value(instance, call.params["id"])}}


def _value(instance: Instance, key: str) -> str:
    if key not in instance.metadata:
        raise MetadataItemNotFound()
    return str(instance.metadata[key])


def _added(call: Call[ApiSeams]) -> Any:
    return {"metadata": _write(call, CREATE, call.body["metadata"], replace=False)}


def _replaced(call: Call[ApiSeams]) -> Any:
    return {"metadata": _write(call, REPLACE, call.body["metadata"], replace=True)}


def _updated(call: Call[ApiSeams]) -> Any:
    item = call.body["meta"]
    if call.params["id"] not in item:
        raise Refused(code=400, message="Request body and URI mismatch")
    _write(call, UPDATE, item, replace=False)
    return {"meta": item}


def _deleted(call: Call[ApiSeams]) -> Answer:
    found = find_for(call, DELETE, "server_id")
    _value(found.instance, call.params["id"])
    guard(call, _Removal(), found.instance)
    found.require_cell().instances.delete_metadata(found.instance.uuid, call.params["id"])
    return Answer()


def _write(
    call: Call[ApiSeams], policy: Policy, items: dict[str, str], *, replace: bool
) -> dict[str, str]:
    found: Found = find_for(call, policy, "server_id")
    guard(call, _Change(), found.instance)
    after = items if replace else {**found.instance.metadata, **items}
    allowed = limits_of(call)["metadata_items"]
    if allowed != UNLIMITED and len(after) > allowed:
        raise MetadataLimitExceeded(allowed=allowed)
    cell = found.require_cell()
    return cell.instances.set_metadata(found.instance.uuid, items, replace=replace)


_PATH = "/servers/{server_id}/metadata"
ROUTES = (
    Route("GET", _PATH, _listed, query=NO_QUERY, policies=(LIST,)),
    Route("POST", _PATH, _added, body=BODY, policies=(CREATE,)),
    Route("PUT", _PATH, _replaced, body=BODY, policies=(REPLACE,)),
    Route("GET", _PATH + "/{id}", _shown, query=NO_QUERY, policies=(SHOW,)),
    Route("PUT", _PATH + "/{id}", _updated, body=ONE, policies=(UPDATE,)),
    Route("DELETE", _PATH + "/{id}", _deleted, success=204, policies=(DELETE,)),
)
