"""What was done to a server: its operations, as os-instance-actions shows them."""

import hashlib
from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import parse_time
from nova.core.paging import cut
from nova.core.policy import ADMIN, ADMIN_OR_OWNER, READER, Policy
from nova.core.shape import LIMIT, MARKER, NO_QUERY, Field, Versioned, once, query, string
from nova.errors import Refused
from nova.microversions import (
    ACTION_PAGES,
    ACTIONS_OF_DELETED,
    BASE,
    CHANGES_BEFORE,
    EVENT_DETAILS,
    EVENT_HOSTS,
    VOLUME_EXTENDED_EVENT,
)
from nova.objects.server import Event, Instance, Operation
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import ActionNotFound, InstanceNotFound
from nova.objects.store.page import Page
from nova.seams import ApiSeams
from nova.servers.load import find_for, target_of, visible_to
from nova.servers.record.view import precise_time

OLD_RULE = ("os_compute_api:os-instance-actions", ADMIN_OR_OWNER)
LIST = Policy(
    "os-instance-actions:list", READER, "List what was done to a server", deprecated=OLD_RULE
)
SHOW = Policy(
    "os-instance-actions:show", READER, "Show one thing that was done to a server",
    deprecated=OLD_RULE,
)
EVENTS = Policy("os-instance-actions:events", ADMIN, "Show the events of what was done, in full")
DETAILS = Policy(
    "os-instance-actions:events:details", ADMIN, "Show why an event of what was done failed"
)
LATER = "The value of changes-since must be less than or equal to changes-before."
_TIME = string(format="date-time")
_PAGED = query(
    Field("limit", once(LIMIT.shape)),
    Field("marker", once(MARKER.shape)),
    Field("changes-since", once(_TIME)),
    Field("changes-before", once(_TIME), since=CHANGES_BEFORE),
)
QUERY = Versioned(((BASE, query(closed=False)), (ACTION_PAGES, _PAGED)))


def _find(call: Call[ApiSeams], policy: Policy) -> tuple[Instance, CellStore | None]:
    """Deleted servers have a timeline, too, from one version on; without a cell yet, a
    server has only its create."""
    uuid = call.params["server_id"]
    mapping = call.seams.stores.api.mappings.get(uuid)
    if mapping.cell_uuid is None:
        found = find_for(call, policy, "server_id")
        return found.instance, found.cell
    cell = call.seams.stores.cell(mapping.cell_uuid)
    instance = cell.instances.get(uuid, read_deleted=call.has(ACTIONS_OF_DELETED))
    if not visible_to(call.context, instance):
        raise InstanceNotFound(instance_id=uuid)
    call.enforce(policy, target_of(instance))
    return instance, cell


def _listed(call: Call[ApiSeams]) -> Any:
    instance, cell = _find(call, LIST)
    if cell is None:
        return {"instanceActions": [_coming(call, instance)]}
    if not call.has(ACTION_PAGES):
        found = cell.operations.of_instance(instance.uuid)
        return {"instanceActions": [_short(call, one) for one in found]}
    page = cut(call, call.seams.conf.api.max_limit)
    since, before = _moment(call, "changes-since"), _moment(call, "changes-before")
    if since and before and since > before:
        raise Refused(code=400, message=LATER)
    found = cell.operations.of_instance(
        instance.uuid, Page(page.limit, page.marker), changes_since=since, changes_before=before
    )
    body: dict[str, Any] = {"instanceActions": [_short(call, one) for one in found]}
    if found and len(found) == page.limit:
        body["links"] = [call.next_link(found[-1].request_id)]
    return body


def _moment(call: Call[ApiSeams], name: str) -> Any:
    text = call.parameter(name)
    return None if text is None else parse_time(text)


def _shown(call: Call[ApiSeams]) -> Any:
    instance, cell = _find(call, SHOW)
    if cell is None:
        return {"instanceAction": _coming_in_full(call, instance)}
    operation = cell.operations.by_request(instance.uuid, call.params["id"])
    shown = _short(call, operation)
    in_full = call.allows(EVENTS, target_of(instance))
    if in_full or call.has(VOLUME_EXTENDED_EVENT):
        shown["events"] = [_event(call, instance, one, in_full) for one in operation.events]
    return {"instanceAction": shown}


def _coming(call: Call[ApiSeams], instance: Instance) -> dict[str, Any]:
    """The create of a server that has no cell yet."""
    build = call.seams.stores.api.builds.get(instance.uuid)
    if build is None:
        raise InstanceNotFound(instance_id=instance.uuid)
    shown: dict[str, Any] = {
        "action": "create",
        "instance_uuid": instance.uuid,
        "request_id": build.request_id,
        "user_id": instance.user_id,
        "project_id": instance.project_id,
        "start_time": precise_time(instance.created_at),
        "message": None,
    }
    if call.has(ACTION_PAGES):
        shown["updated_at"] = precise_time(instance.created_at)
    return shown


def _coming_in_full(call: Call[ApiSeams], instance: Instance) -> dict[str, Any]:
    shown = _coming(call, instance)
    if shown["request_id"] != call.params["id"]:
        raise ActionNotFound(request_id=call.params["id"])
    in_full = call.allows(EVENTS, target_of(instance))
    return shown | ({"events": []} if in_full or call.has(VOLUME_EXTENDED_EVENT) else {})


def _short(call: Call[ApiSeams], operation: Operation) -> dict[str, Any]:
    shown = {
        "action": operation.action,
        "instance_uuid": operation.instance_uuid,
        "request_id": operation.request_id,
        "user_id": operation.user_id,
        "project_id": operation.project_id,
        "start_time": precise_time(operation.start_time),
        "message": operation.message,
    }
    if call.has(ACTION_PAGES):
        shown["updated_at"] = precise_time(operation.updated_at or operation.start_time)
    return shown


def _event(
    call: Call[ApiSeams], instance: Instance, event: Event, in_full: bool
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "event": event.event,
        "start_time": precise_time(event.start_time),
        "finish_time": precise_time(event.finish_time),
        "result": event.result,
    }
    if in_full:
        shown["traceback"] = event.traceback
    if call.has(EVENT_HOSTS):
        seed = f"{instance.project_id}{event.host}".encode()
        shown["hostId"] = hashlib.sha224(seed).hexdigest() if event.host else ""
        if in_full:
            shown["host"] = event.host
    if call.has(EVENT_DETAILS) and call.allows(DETAILS, target_of(instance)):
        shown["details"] = event.details
    return shown


_PATH = "/servers/{server_id}/os-instance-actions"
ROUTES = (
    Route("GET", _PATH, _listed, query=QUERY, policies=(LIST,)),
    Route("GET", _PATH + "/{id}", _shown, query=NO_QUERY, policies=(SHOW, EVENTS, DETAILS)),
)
