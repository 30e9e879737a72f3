"""Making, renaming, describing and removing aggregates."""

import uuid
from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import NAME, Field, Legacy, Object, Raw, obj, string
from nova.core.view import view
from nova.errors import Invalid
from nova.objects.cloud import Aggregate
from nova.resources.aggregates.looking import MADE, ZONE, aggregate, shown
from nova.resources.aggregates.zone_rules import ZoneChangeRefused, refuse_zone_change
from nova.seams import ApiSeams

UPDATING, DESCRIBING, DELETING = "update_aggregate", "update_aggregate_metadata", "delete_aggregate"


class ZoneNameMissing(Invalid):
    template = "Cannot perform action '{action}' on aggregate {aggregate_id}. Reason: {reason}."


def _zone(format: str) -> Raw:
    named = {"type": "string", "minLength": 1, "maxLength": 255, "format": format}
    return Raw({"oneOf": [named, {"type": "null"}]})


_ZONE = Field(ZONE, Legacy(_zone("az_name_with_leading_trailing_spaces"), _zone("az_name")))
_PADDED = string(min=1, max=255, format="name_with_leading_trailing_spaces")
CREATE = obj(Field("aggregate", obj(Field("name", NAME, required=True), _ZONE), required=True))
UPDATE = obj(Field("aggregate", obj(
    Field("name", _PADDED), _ZONE,
    anyOf=[{"required": ["name"]}, {"required": [ZONE]}],
), required=True))
METADATA = Object(patterns={
    "^[a-zA-Z0-9-_:. ]{1,255}$": Raw({"type": ["string", "null"], "maxLength": 255}),
})
SET_METADATA = obj(Field(
    "set_metadata", obj(Field("metadata", METADATA, required=True)), required=True
))


def _create(call: Call[ApiSeams]) -> Any:
    asked = call.body["aggregate"]
    zone = _stripped(asked.get(ZONE))
    made = call.seams.stores.api.aggregates.create(Aggregate(
        uuid=str(uuid.uuid4()), name=asked["name"].strip(), hosts=[],
        metadata={ZONE: zone} if zone else {},
    ))
    return {"aggregate": view(MADE, made, call.version)}


def _update(call: Call[ApiSeams]) -> Any:
    found, asked = aggregate(call), call.body["aggregate"]
    changes: dict[str, Any] = {}
    if "name" in asked:
        changes["name"] = asked["name"].strip()
    if ZONE in asked:
        zone = _stripped(asked[ZONE])
        refuse_zone_change(call, found, zone, UPDATING)
        changes["metadata"] = {ZONE: zone}
    changed = call.seams.stores.api.aggregates.update(found.id, changes)
    call.seams.scheduler.refresh(call.context)
    return shown(call, changed)


def _set_metadata(call: Call[ApiSeams]) -> Any:
    found = aggregate(call)
    metadata: Mapping[str, str | None] = call.body["set_metadata"]["metadata"]
    if ZONE in metadata:
        if metadata[ZONE] == "":
            raise ZoneNameMissing(
                action=DESCRIBING, aggregate_id=found.id,
                reason="A name of an availability zone cannot be empty",
            )
        refuse_zone_change(call, found, metadata[ZONE], DESCRIBING)
    changed = call.seams.stores.api.aggregates.set_metadata(found.id, metadata)
    call.seams.scheduler.refresh(call.context)
    return shown(call, changed)


def _delete(call: Call[ApiSeams]) -> None:
    found = aggregate(call)
    if found.hosts:
        raise ZoneChangeRefused(
            action=DELETING, aggregate_id=found.id, reason="Host aggregate is not empty"
        )
    call.seams.stores.api.aggregates.delete(found.id)


def _stripped(zone: str | None) -> str | None:
    return zone.strip() if zone else None


ROUTES = (
    Route(
        "POST", "/os-aggregates", _create,
        Policy("os-aggregates:create", ADMIN, "Create an aggregate"), body=CREATE,
    ),
    Route(
        "PUT", "/os-aggregates/{id}", _update,
        Policy("os-aggregates:update", ADMIN, "Change name or zone of an aggregate"), body=UPDATE,
    ),
    Route(
        "DELETE", "/os-aggregates/{id}", _delete,
        Policy("os-aggregates:delete", ADMIN, "Delete an aggregate"),
    ),
    Route(
        "POST", "/os-aggregates/{id}/action", _set_metadata,
        Policy("os-aggregates:set_metadata", ADMIN, "Set or remove metadata of an aggregate"),
        body=SET_METADATA, action="set_metadata",
    ),
)
