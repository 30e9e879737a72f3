"""/servers/{id}/shares: file shares that a server mounts."""

from typing import Any

from nova.core.action import HostAction
from nova.core.call import Call, Route
from nova.core.policy import MEMBER, READER, Policy
from nova.core.shape import NOTHING, UUID, Field, Object, obj, string
from nova.core.states import VmState, transition
from nova.errors import Conflict, Forbidden, NotFound
from nova.microversions import SHARES
from nova.objects.beside import Share
from nova.objects.store.errors import ShareAttached
from nova.seams import ApiSeams
from nova.servers.face import refuse_state
from nova.servers.load import Found, find_for


def _policy(name: str, default: str, purpose: str) -> Policy:
    return Policy(f"os-server-shares:{name}", default, purpose)


INDEX = _policy("index", READER, "List the shares of a server")
SHOW = _policy("show", READER, "Show a share of a server")
CREATE = _policy("create", MEMBER, "Attach a share")
DELETE = _policy("delete", MEMBER, "Detach a share")
# Nothing of such a share is mounted or allowed anywhere.
LOOSE = ("inactive", "error")


class ShareUnknown(NotFound):
    template = "Share {share_id} could not be found."


class HostsCannotMount(Forbidden):
    """No host here can give a guest a share."""

    template = "Feature not supported until computes have been upgraded."


class ShareMounted(Conflict):
    template = "Share {share_id} is {status} and cannot be detached from instance {server_id}."


class AttachShare(HostAction):
    name = "create share"
    policy = CREATE
    moves = transition(VmState.STOPPED, tasks=None, launched_only=False)


class DetachShare(HostAction):
    name = "delete share"
    policy = DELETE
    moves = transition(VmState.STOPPED, VmState.ERROR, tasks=None, launched_only=False)


BODY = obj(Field("share", obj(
    Field("share_id", UUID, required=True),
    Field("tag", string(min=1, max=255, pattern="^[a-zA-Z0-9-]*$")),
), required=True))  # fmt: skip
_QUERY: Object = NOTHING


def _shown(call: Call[ApiSeams], share: Share) -> dict[str, Any]:
    shown = {"share_id": share.share_id, "status": share.status, "tag": share.tag}
    if not call.context.is_admin:
        return shown
    inner: dict[str, Any] = {"uuid": share.uuid}
    if share.export_location is not None:
        inner["export_location"] = share.export_location
    return shown | inner


def _of(found: Found) -> list[Share]:
    return found.cell.shares.of_server(found.instance.uuid) if found.cell else []


def _named(found: Found, share_id: str) -> Share:
    for share in _of(found):
        if share.share_id == share_id:
            return share
    raise ShareUnknown(share_id=share_id)


def _list(call: Call[ApiSeams]) -> Any:
    found = find_for(call, INDEX, "server_id")
    return {"shares": [_shown(call, share) for share in _of(found)]}


def _show(call: Call[ApiSeams]) -> Any:
    found = find_for(call, SHOW, "server_id")
    return {"share": _shown(call, _named(found, call.params["id"]))}


def _attach(call: Call[ApiSeams]) -> None:
    found = find_for(call, CREATE, "server_id")
    asked = call.body["share"]
    refuse_state(AttachShare(), found.instance)
    tag = asked.get("tag", asked["share_id"])
    if any(asked["share_id"] == share.share_id or tag == share.tag for share in _of(found)):
        raise ShareAttached(share_id=asked["share_id"], tag=tag)
    raise HostsCannotMount


def _detach(call: Call[ApiSeams]) -> None:
    found = find_for(call, DELETE, "server_id")
    share = _named(found, call.params["id"])
    refuse_state(DetachShare(), found.instance)
    if share.status not in LOOSE:
        raise ShareMounted(
            share_id=share.share_id, status=share.status, server_id=found.instance.uuid
        )
    found.require_cell().shares.delete(share.uuid)


_ALL = "/servers/{server_id}/shares"
_ONE = _ALL + "/{id}"
ROUTES = (
    Route("GET", _ALL, _list, query=_QUERY, policies=(INDEX,), since=SHARES),
    Route("POST", _ALL, _attach, body=BODY, policies=(CREATE,), since=SHARES, success=201),
    Route("GET", _ONE, _show, query=_QUERY, policies=(SHOW,), since=SHARES),
    Route("DELETE", _ONE, _detach, policies=(DELETE,), since=SHARES),
)
