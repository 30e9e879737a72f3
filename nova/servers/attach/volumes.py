"""/servers/{id}/os-volume_attachments: the volumes of a server.

Hosts here attach no volumes to guests that run; what is known of those that servers
have is shown, and whether they go with their server can be changed.
"""

from collections.abc import Mapping
from typing import Any

from nova.clients.volume.contract import Volume
from nova.core.action import HostAction
from nova.core.call import Call, Route
from nova.core.paging import amount
from nova.core.policy import MEMBER, READER, SERVICE_OR_ADMIN, Policy
from nova.core.shape import BOOLEAN, LIMIT, UUID, Field, Raw, obj, query, truth
from nova.core.states import VmState, transition
from nova.core.view import Shown, before, view
from nova.errors import Conflict, Invalid, NotFound
from nova.microversions import (
    ASYNC_VOLUME_ATTACH,
    ATTACH_TAGS,
    ATTACHED_TAGS,
    ATTACHMENT_IDS,
    CHANGE_DELETE_ON_TERMINATION,
    DELETE_ON_TERMINATION,
    MULTIATTACH,
    SHELVED_VOLUME_ATTACH,
    STRICT_PARAMETERS,
)
from nova.objects.server import BlockDevice, Instance
from nova.seams import ApiSeams
from nova.servers.errors import InstanceInvalidState
from nova.servers.face import guard
from nova.servers.load import Found, find, find_for, target_of
from nova.servers.steps.shapes import TAG


def _policy(name: str, default: str, purpose: str) -> Policy:
    return Policy(f"os-volumes-attachments:{name}", default, purpose)


INDEX = _policy("index", READER, "List the volumes of a server")
SHOW = _policy("show", READER, "Show a volume of a server")
CREATE = _policy("create", MEMBER, "Attach a volume")
UPDATE = _policy("update", MEMBER, "Say whether a volume goes with its server")
SWAP = _policy("swap", SERVICE_OR_ADMIN, "Put another volume in the place of one")
DELETE = _policy("delete", MEMBER, "Detach a volume")


class NotAttached(NotFound):
    template = "Instance {server_id} is not attached to volume {volume_id}"


class VolumeInvalid(Invalid):
    template = "Invalid volume: {reason}"


class MultiattachTooOld(Invalid):
    template = (
        "Multiattach volumes are only supported starting with compute API version 2.60."
    )


class RootVolume(Invalid):
    template = "Cannot detach a root device volume"


class OtherAttachment(Invalid):
    template = "The field '{field}' of a volume attachment cannot be changed."


class HostCannotAttach(Conflict):
    template = "The host of instance {server_id} cannot {verb} volumes of a server that exists."


_DEVICE = Raw({
    "type": ["string", "null"], "pattern": "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$",
})
LIST = query(LIMIT, Field("offset", LIMIT.shape), closed=STRICT_PARAMETERS)
_WHICH = Field("volumeId", UUID, required=True)
BODY = obj(Field("volumeAttachment", obj(
    _WHICH,
    Field("device", _DEVICE),
    Field("tag", TAG, since=ATTACH_TAGS),
    Field("delete_on_termination", BOOLEAN, since=DELETE_ON_TERMINATION),
), required=True))  # fmt: skip
_CHANGES = CHANGE_DELETE_ON_TERMINATION
CHANGE = obj(Field("volumeAttachment", obj(
    _WHICH,
    Field("device", _DEVICE, since=_CHANGES),
    Field("tag", TAG, since=_CHANGES),
    Field("delete_on_termination", BOOLEAN, since=_CHANGES),
    Field("serverId", UUID, since=_CHANGES),
    Field("id", UUID, since=_CHANGES),
), required=True))  # fmt: skip

_SHOWN: tuple[Shown[BlockDevice], ...] = (
    Shown("id", lambda d: d.volume_id, until=before(ATTACHMENT_IDS)),
    Shown("volumeId", lambda d: d.volume_id),
    Shown("serverId", lambda d: d.instance_uuid),
    Shown("tag", lambda d: d.tag, since=ATTACHED_TAGS),
    Shown("delete_on_termination", lambda d: d.delete_on_termination, since=DELETE_ON_TERMINATION),
    Shown("attachment_id", lambda d: d.attachment_id, since=ATTACHMENT_IDS),
    Shown("bdm_uuid", lambda d: d.uuid, since=ATTACHMENT_IDS),
)
_EXIST = (VmState.ACTIVE, VmState.PAUSED, VmState.STOPPED, VmState.RESIZED, VmState.SOFT_DELETED,
          VmState.SHELVED, VmState.SHELVED_OFFLOADED)  # fmt: skip


class AttachVolume(HostAction):
    name = "attach_volume"
    policy = CREATE
    moves = transition(*_EXIST)


class DetachVolume(HostAction):
    name = "detach_volume"
    policy = DELETE
    moves = transition(*_EXIST)


class SwapVolume(HostAction):
    name = "swap_volume"
    policy = SWAP
    moves = transition(VmState.ACTIVE, VmState.PAUSED, VmState.RESIZED)


def _shown(call: Call[ApiSeams], device: BlockDevice) -> dict[str, Any]:
    shown = view(_SHOWN, device, call.version)
    return shown | ({"device": device.device_name} if device.device_name else {})


def _volumes(found: Found) -> list[BlockDevice]:
    devices = found.cell.devices.of_instance(found.instance.uuid) if found.cell else []
    return [device for device in devices if device.volume_id]


def _attached(found: Found, volume_id: str) -> BlockDevice:
    for device in _volumes(found):
        if device.volume_id == volume_id:
            return device
    raise NotAttached(server_id=found.instance.uuid, volume_id=volume_id)


def _list(call: Call[ApiSeams]) -> Any:
    found = _volumes(find_for(call, INDEX, "server_id"))
    most = call.seams.conf.api.max_limit
    offset = amount(call, "offset", 0)
    page = found[offset : offset + min(amount(call, "limit", most) or most, most)]
    return {"volumeAttachments": [_shown(call, device) for device in page]}


def _show(call: Call[ApiSeams]) -> Any:
    found = find_for(call, SHOW, "server_id")
    return {"volumeAttachment": _shown(call, _attached(found, call.params["id"]))}


def _attach(call: Call[ApiSeams]) -> None:
    found = find_for(call, CREATE, "server_id")
    instance, volume_id = found.instance, call.body["volumeAttachment"]["volumeId"]
    _guard(call, AttachVolume(), instance)
    volume = call.seams.volume.volumes.show(call.context, volume_id)
    _refuse_volume(call, found, volume)
    raise HostCannotAttach(server_id=instance.uuid, verb="attach")


def _guard(call: Call[ApiSeams], action: HostAction, instance: Instance) -> None:
    """Shelved servers are like others only from a version on."""
    shelved = instance.vm_state in (VmState.SHELVED, VmState.SHELVED_OFFLOADED)
    if shelved and not call.has(SHELVED_VOLUME_ATTACH):
        raise InstanceInvalidState(
            word=action.name, instance_uuid=instance.uuid, attribute="vm_state",
            state=instance.vm_state,
        )
    guard(call, action, instance)


def _refuse_volume(call: Call[ApiSeams], found: Found, volume: Volume) -> None:
    if volume.multiattach and not call.has(MULTIATTACH):
        raise MultiattachTooOld
    if any(device.volume_id == volume.id for device in _volumes(found)):
        raise VolumeInvalid(reason=f"volume {volume.id} already attached")
    usable = ("available", "in-use") if volume.multiattach else ("available",)
    if volume.status not in usable:
        raise VolumeInvalid(
            reason=f"volume '{volume.id}' status must be 'available'. "
            f"Currently in '{volume.status}'"
        )


def _change(call: Call[ApiSeams]) -> None:
    asked, volume_id = call.body["volumeAttachment"], call.params["id"]
    found = find(call, call.params["server_id"])
    if asked["volumeId"] == volume_id and call.has(CHANGE_DELETE_ON_TERMINATION):
        _update(call, found, asked)
    else:
        _swap(call, found, asked["volumeId"])


def _update(call: Call[ApiSeams], found: Found, asked: Mapping[str, Any]) -> None:
    call.enforce(UPDATE, target_of(found.instance))
    device = _attached(found, call.params["id"])
    same = {"device": device.device_name, "tag": device.tag, "id": device.volume_id,
            "serverId": device.instance_uuid}  # fmt: skip
    for field, value in same.items():
        if field in asked and asked[field] != value:
            raise OtherAttachment(field=field)
    if "delete_on_termination" in asked:
        goes = truth(asked["delete_on_termination"])
        found.require_cell().devices.update(device.uuid, {"delete_on_termination": goes})


def _swap(call: Call[ApiSeams], found: Found, volume_id: str) -> None:
    call.enforce(SWAP, target_of(found.instance))
    volumes = call.seams.volume.volumes
    old = volumes.show(call.context, call.params["id"])
    new = volumes.show(call.context, volume_id)
    _attached(found, old.id)
    guard(call, SwapVolume(), found.instance)
    if old.multiattach or new.multiattach:
        raise VolumeInvalid(reason="Swapping a multiattach volume is not supported.")
    if new.size < old.size:
        raise VolumeInvalid(reason=f"volume '{new.id}' is smaller than '{old.id}'")
    raise HostCannotAttach(server_id=found.instance.uuid, verb="swap")


def _detach(call: Call[ApiSeams]) -> None:
    found = find_for(call, DELETE, "server_id")
    call.seams.volume.volumes.show(call.context, call.params["id"])
    device = _attached(found, call.params["id"])
    if device.boot_index == 0 and found.instance.vm_state != VmState.SHELVED_OFFLOADED:
        raise RootVolume
    _guard(call, DetachVolume(), found.instance)
    raise HostCannotAttach(server_id=found.instance.uuid, verb="detach")


_ALL = "/servers/{server_id}/os-volume_attachments"
_ONE = _ALL + "/{id}"
ROUTES = (
    Route("GET", _ALL, _list, query=LIST, policies=(INDEX,)),
    Route("GET", _ONE, _show, query=query(closed=False), policies=(SHOW,)),
    Route("POST", _ALL, _attach, body=BODY, policies=(CREATE,), until=before(ASYNC_VOLUME_ATTACH)),
    Route("POST", _ALL, _attach, body=BODY, policies=(CREATE,), since=ASYNC_VOLUME_ATTACH,
          success=202),
    Route("PUT", _ONE, _change, body=CHANGE, policies=(UPDATE, SWAP), success=202),
    Route("DELETE", _ONE, _detach, policies=(DELETE,), success=202),
)  # fmt: skip
