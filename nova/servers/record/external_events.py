"""What other services tell of servers: ports that are wired, and the like."""

from collections import defaultdict
from typing import Any

from nova.core.call import Answer, Call, Route
from nova.core.policy import Policy
from nova.core.shape import Field, Versioned, array, obj, one_of, string
from nova.microversions import (
    ACCELERATOR_EVENT,
    BASE,
    POWER_UPDATE_EVENT,
    REIMAGE_VOLUME,
    VOLUME_EXTENDED_EVENT,
)
from nova.objects.server import Instance
from nova.objects.store.errors import InstanceNotFound
from nova.seams import ApiSeams

SERVICE_OR_ADMIN = "rule:service_or_admin"
POLICY = Policy(
    "os-server-external-events:create", SERVICE_OR_ADMIN, "Tell what happened to servers"
)
_NETWORK = (
    "network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted",
)
NAMES = Versioned((
    (BASE, one_of(*_NETWORK)),
    (VOLUME_EXTENDED_EVENT, one_of(*_NETWORK, "volume-extended")),
    (POWER_UPDATE_EVENT, one_of(*_NETWORK, "volume-extended", "power-update")),
    (ACCELERATOR_EVENT, one_of(
        *_NETWORK, "volume-extended", "power-update", "accelerator-request-bound")),
    (REIMAGE_VOLUME, one_of(
        *_NETWORK, "volume-extended", "power-update", "accelerator-request-bound",
        "volume-reimaged")),
))
BODY = obj(Field("events", array(obj(
    Field("name", NAMES, required=True),
    Field("server_uuid", string(format="uuid"), required=True),
    Field("status", one_of("failed", "completed", "in-progress")),
    Field("tag", string(max=255)),
), minItems=1), required=True))

OK, REFUSED, UNKNOWN, UNREADY = 200, 400, 404, 422
NEEDS_TAG = ("volume-extended", "power-update", "accelerator-request-bound", "volume-reimaged")


def tell(call: Call[ApiSeams]) -> Answer:
    """Each event has a code of its own in the answer; 207 when not all are 200."""
    events = [dict(event) for event in call.body["events"]]
    servers = _servers(call, {event["server_uuid"] for event in events})
    told: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        event.setdefault("status", "completed")
        event["code"] = _code(event, servers)
        if event["code"] == OK:
            instance, cell_uuid = servers[event["server_uuid"]]
            told[cell_uuid, instance.host or ""].append(_message(event))
        elif event["status"] == "completed":
            event["status"] = "failed"
    for (cell_uuid, host), messages in told.items():
        call.seams.hosts.external_event(call.context, cell_uuid, host, messages)
    return Answer({"events": events}, status=200 if _all_well(events) else 207)


def _servers(call: Call[ApiSeams], uuids: set[str]) -> dict[str, tuple[Instance, str]]:
    mappings = call.seams.stores.api.mappings.of(uuids)
    found = {}
    for uuid, mapping in mappings.items():
        if mapping.cell_uuid is None:
            continue
        try:
            instance = call.seams.stores.cell(mapping.cell_uuid).instances.get(uuid)
        except InstanceNotFound:
            continue
        found[uuid] = (instance, mapping.cell_uuid)
    return found


def _code(event: dict[str, Any], servers: dict[str, tuple[Instance, str]]) -> int:
    if event["server_uuid"] not in servers:
        return UNKNOWN
    if event["name"] in NEEDS_TAG and not event.get("tag"):
        return REFUSED
    return OK if servers[event["server_uuid"]][0].host else UNREADY


def _message(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "instance_uuid": event["server_uuid"],
        "name": event["name"],
        "tag": event.get("tag", ""),
        "status": event["status"],
    }


def _all_well(events: list[dict[str, Any]]) -> bool:
    return all(event["code"] == OK for event in events)


ROUTES = (
    Route("POST", "/os-server-external-events", tell, POLICY, body=BODY,
          more_success=(207,)),
)
