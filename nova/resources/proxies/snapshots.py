"""/os-snapshots: snapshots of volumes of the block storage service."""

from typing import Any

from nova.clients.volume.contract import Snapshot
from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.policy import MEMBER, READER
from nova.core.shape import BOOLEAN, Field, obj, string, truth
from nova.resources.proxies.paging import ANY, CUT, UNTIL, limited
from nova.resources.proxies.volumes import policy
from nova.seams import ApiSeams

BODY = obj(Field("snapshot", obj(
    Field("volume_id", string(), required=True),
    Field("display_name", string()),
    Field("display_description", string()),
    Field("force", BOOLEAN),
), required=True))


def shown(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "volumeId": snapshot.volume_id,
        "status": snapshot.status,
        "size": snapshot.size,
        "createdAt": microseconds(snapshot.created_at),
        "displayName": snapshot.name,
        "displayDescription": snapshot.description,
    }


def _list(call: Call[ApiSeams]) -> Any:
    found = call.seams.volume.snapshots.list(call.context)
    return {"snapshots": [shown(each) for each in limited(call, found)]}


def _show(call: Call[ApiSeams]) -> Any:
    found = call.seams.volume.snapshots.show(call.context, call.params["id"])
    return {"snapshot": shown(found)}


def _create(call: Call[ApiSeams]) -> Any:
    asked = call.body["snapshot"]
    made = call.seams.volume.snapshots.create(
        call.context, asked["volume_id"], asked.get("display_name"),
        asked.get("display_description"), force=truth(asked.get("force", False)),
    )
    return {"snapshot": shown(made)}


def _delete(call: Call[ApiSeams]) -> None:
    call.seams.volume.snapshots.delete(call.context, call.params["id"])


_ALL, _ONE = "/os-snapshots", "/os-snapshots/{id}"
ROUTES = (
    Route(
        "GET", _ALL, _list, policy("snapshots:list", READER, "List snapshots of volumes"),
        query=CUT, until=UNTIL,
    ),
    Route(
        "GET", f"{_ALL}/detail", _list,
        policy("snapshots:detail", READER, "List snapshots of volumes in full"),
        query=CUT, until=UNTIL,
    ),
    Route(
        "GET", _ONE, _show, policy("snapshots:show", READER, "Show a snapshot of a volume"),
        query=ANY, until=UNTIL,
    ),
    Route(
        "POST", _ALL, _create, policy("snapshots:create", MEMBER, "Make a snapshot of a volume"),
        body=BODY, until=UNTIL,
    ),
    Route(
        "DELETE", _ONE, _delete,
        policy("snapshots:delete", MEMBER, "Delete a snapshot of a volume"), success=202,
        until=UNTIL,
    ),
)
