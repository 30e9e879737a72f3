"""/os-volumes: volumes of the block storage service."""

from typing import Any

from nova.clients.volume.contract import Volume, VolumeDraft
from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, READER, Policy
from nova.core.shape import Field, integer, obj, string
from nova.resources.proxies.paging import ANY, CUT, UNTIL, limited
from nova.seams import ApiSeams

OLD_RULE = ("os_compute_api:os-volumes", ADMIN_OR_OWNER)


def policy(name: str, default: str, purpose: str) -> Policy:
    return Policy(f"os-volumes:{name}", default, purpose, deprecated=OLD_RULE)


BODY = obj(Field("volume", obj(
    Field("size", integer(1, pattern="^[0-9]+$"), required=True),
    Field("display_name", string()),
    Field("display_description", string()),
    Field("volume_type", string()),
    Field("snapshot_id", string()),
    Field("availability_zone", string()),
    Field("metadata", obj(closed=False)),
), required=True))


def shown(volume: Volume) -> dict[str, Any]:
    return {
        "id": volume.id,
        "status": volume.status,
        "size": volume.size,
        "availabilityZone": volume.zone,
        "createdAt": microseconds(volume.created_at),
        "attachments": _attachments(volume),
        "displayName": volume.name,
        "displayDescription": volume.description,
        "volumeType": volume.type,
        "snapshotId": volume.snapshot_id,
        "metadata": dict(volume.metadata),
    }


def _attachments(volume: Volume) -> list[dict[str, Any]]:
    """One empty entry stands for none."""
    found: list[dict[str, Any]] = []
    for each in volume.attachments:
        entry = {"id": volume.id, "volumeId": volume.id, "serverId": each.server_id}
        found.append(entry | ({"device": each.device} if each.device else {}))
    return found or [{}]


def _list(call: Call[ApiSeams]) -> Any:
    found = call.seams.volume.volumes.list(call.context)
    return {"volumes": [shown(each) for each in limited(call, found)]}


def _show(call: Call[ApiSeams]) -> Any:
    return {"volume": shown(call.seams.volume.volumes.show(call.context, call.params["id"]))}


def _create(call: Call[ApiSeams]) -> Any:
    asked = call.body["volume"]
    draft = VolumeDraft(
        int(asked["size"]), asked.get("display_name"), asked.get("display_description"),
        asked.get("availability_zone"), asked.get("volume_type"), asked.get("snapshot_id"),
        metadata=asked.get("metadata") or {},
    )
    return {"volume": shown(call.seams.volume.volumes.create(call.context, draft))}


def _delete(call: Call[ApiSeams]) -> None:
    call.seams.volume.volumes.delete(call.context, call.params["id"])


_ALL, _ONE = "/os-volumes", "/os-volumes/{id}"
ROUTES = (
    Route("GET", _ALL, _list, policy("list", READER, "List volumes"), query=CUT, until=UNTIL),
    Route(
        "GET", f"{_ALL}/detail", _list, policy("detail", READER, "List volumes in full"),
        query=CUT, until=UNTIL,
    ),
    Route("GET", _ONE, _show, policy("show", READER, "Show a volume"), query=ANY, until=UNTIL),
    Route(
        "POST", _ALL, _create, policy("create", MEMBER, "Create a volume"), body=BODY, until=UNTIL
    ),
    Route(
        "DELETE", _ONE, _delete, policy("delete", MEMBER, "Delete a volume"), success=202,
        until=UNTIL,
    ),
)
