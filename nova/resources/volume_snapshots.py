"""/os-assisted-volume-snapshots: the block storage service has a snapshot made of a volume
whose file a guest has open, by the guest's host."""

import json
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import SERVICE_OR_ADMIN, Policy
from nova.core.shape import Field, array, obj, one_of, query, string
from nova.errors import Invalid, NotFound
from nova.microversions import STRICT_PARAMETERS
from nova.objects.server import BlockDevice
from nova.seams import ApiSeams

CREATE = Policy(
    "os-assisted-volume-snapshots:create", SERVICE_OR_ADMIN, "Make a snapshot of a volume in use"
)
DELETE = Policy(
    "os-assisted-volume-snapshots:delete", SERVICE_OR_ADMIN,
    "Delete a snapshot of a volume in use",
)


class VolumeNotAttached(NotFound):
    template = "No volume Block Device Mapping with id {volume_id}."


class VolumeNotHere(Invalid):
    template = "No volume Block Device Mapping with id {volume_id}."


class DeleteInfoMalformed(Invalid):
    template = "{reason}"


class HostCannot(Invalid):
    template = "The host of instance {server_id} cannot make or delete snapshots of volumes."


_ID = string(min=1)
BODY = obj(Field("snapshot", obj(
    Field("volume_id", _ID, required=True),
    Field("create_info", obj(
        Field("snapshot_id", _ID, required=True),
        Field("type", one_of("qcow2"), required=True),
        Field("new_file", _ID, required=True),
        Field("id", _ID),
    ), required=True),
), required=True))  # fmt: skip
# No parameter is required here: the handler says what is wrong with it.
DELETE_QUERY = query(Field("delete_info", array(string())), closed=STRICT_PARAMETERS)


def _create(call: Call[ApiSeams]) -> Any:
    volume_id = call.body["snapshot"]["volume_id"]
    device = _device(call, volume_id)
    if device is None:
        raise VolumeNotHere(volume_id=volume_id)
    raise HostCannot(server_id=device.instance_uuid)


def _device(call: Call[ApiSeams], volume_id: str) -> BlockDevice | None:
    """The one attachment of a volume that snapshots are made through."""
    answers = call.seams.stores.each(lambda cell: cell.devices.of_volume(volume_id)).values()
    found = [each for answer in answers if isinstance(answer, list) for each in answer]
    return found[0] if found else None


def _delete(call: Call[ApiSeams]) -> None:
    volume_id = _told(call)
    device = _device(call, volume_id)
    if device is None:
        raise VolumeNotAttached(volume_id=volume_id)
    raise HostCannot(server_id=device.instance_uuid)


def _told(call: Call[ApiSeams]) -> str:
    """The volume that delete_info, JSON in the query, names."""
    try:
        told = json.loads(call.query["delete_info"][0])
        return str(told["volume_id"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DeleteInfoMalformed(reason=f"delete_info is malformed: {error!r}") from None


routes = (
    Route("POST", "/os-assisted-volume-snapshots", _create, CREATE, body=BODY),
    Route(
        "DELETE", "/os-assisted-volume-snapshots/{id}", _delete, DELETE, query=DELETE_QUERY,
        success=204,
    ),
)
