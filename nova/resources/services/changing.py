"""Enabling, disabling and forcing down services.

Before SERVICE_UUIDS the path holds a verb and the body names host and binary;
from then on the path holds the uuid of a service and the body what to change.
"""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Handler, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import BOOLEAN, Field, obj, one_of, string, truth
from nova.core.view import before
from nova.microversions import FORCE_DOWN, SERVICE_UUIDS
from nova.objects.host import Service
from nova.objects.store.cell import CellStore
from nova.resources.services.errors import (
    BinaryNotFound,
    FieldMissing,
    NotACompute,
    NothingToChange,
    ReasonMissing,
    ReasonWithoutDisabling,
    VerbUnknown,
)
from nova.resources.services.held_back import change
from nova.resources.services.listing import shown, status_of
from nova.resources.services.lookup import OLD_RULE, service_of
from nova.resources.services.zones import COMPUTE, read_zones
from nova.seams import ApiSeams

UPDATE = Policy(
    "os-services:update", ADMIN, "Enable, disable or force down a service", deprecated=OLD_RULE
)

_REASON = Field("disabled_reason", string(min=1, max=255))
_FORCED = Field("forced_down", BOOLEAN, since=FORCE_DOWN)
BY_VERB = obj(
    Field("host", string(min=1, max=255, pattern="^[a-zA-Z0-9-._]*$"), required=True),
    Field("binary", string(min=1, max=255), required=True),
    _REASON, _FORCED,
)
BY_UUID = obj(Field("status", one_of("enabled", "disabled")), _REASON, _FORCED)


def _enable(call: Call[ApiSeams]) -> Any:
    _change(call, {"disabled": False, "disabled_reason": None})
    return _said(call, status="enabled")


def _disable(call: Call[ApiSeams]) -> Any:
    _change(call, {"disabled": True, "disabled_reason": None})
    return _said(call, status="disabled")


def _disable_with_reason(call: Call[ApiSeams]) -> Any:
    reason = call.body.get("disabled_reason")
    if reason is None:
        raise ReasonMissing
    _change(call, {"disabled": True, "disabled_reason": reason})
    return _said(call, status="disabled", disabled_reason=reason)


def _force_down(call: Call[ApiSeams]) -> Any:
    if "forced_down" not in call.body:
        raise FieldMissing(field="forced_down")
    forced = truth(call.body["forced_down"])
    _change(call, {"forced_down": forced})
    return _said(call, forced_down=forced)


_VERBS: Mapping[str, Handler] = {
    "enable": _enable, "disable": _disable, "disable-log-reason": _disable_with_reason,
}
_LATER_VERBS: Mapping[str, Handler] = {**_VERBS, "force-down": _force_down}


def _by_verb(call: Call[ApiSeams]) -> Any:
    verbs = _LATER_VERBS if call.has(FORCE_DOWN) else _VERBS
    verb = verbs.get(call.params["id"])
    if verb is None:
        raise VerbUnknown
    return verb(call)


def _change(call: Call[ApiSeams], changes: Mapping[str, Any]) -> None:
    host, binary = call.body["host"], call.body["binary"]
    cell, service = _named(call, host, binary)
    change(call, cell, service, changes)


def _named(call: Call[ApiSeams], host: str, binary: str) -> tuple[CellStore, Service]:
    """Computes are found by their mapping, everything else in any cell."""
    stores = call.seams.stores
    cells = [stores.cell(stores.api.hosts.cell_of(host))] if binary == COMPUTE else stores.cells()
    for cell in cells:
        for service in cell.services.find(host=host, binary=binary):
            return cell, service
    raise BinaryNotFound(binary=binary, host=host)


def _said(call: Call[ApiSeams], **what: Any) -> Any:
    return {"service": {"host": call.body["host"], "binary": call.body["binary"], **what}}


def _by_uuid(call: Call[ApiSeams]) -> Any:
    found = service_of(call, call.params["id"])
    if found.service.binary != COMPUTE:
        raise NotACompute(binary=found.service.binary)
    changed = change(call, found.cell, found.service, _changes(call.body, found.service))
    zones = read_zones(call.seams.conf, call.seams.stores)
    return {"service": shown(call, changed, zones)}


def _changes(asked: Mapping[str, Any], service: Service) -> dict[str, Any]:
    if not ("status" in asked or "forced_down" in asked):
        raise NothingToChange
    changes: dict[str, Any] = {}
    status = asked.get("status", status_of(service))
    reason = asked.get("disabled_reason")
    if reason is not None and status != "disabled":
        raise ReasonWithoutDisabling
    if "status" in asked:
        changes |= {"disabled": status == "disabled", "disabled_reason": reason}
    elif reason is not None:
        changes["disabled_reason"] = reason
    if "forced_down" in asked:
        changes["forced_down"] = truth(asked["forced_down"])
    return changes


ROUTES = (
    Route(
        "PUT", "/os-services/{id}", _by_verb, UPDATE, body=BY_VERB, until=before(SERVICE_UUIDS)
    ),
    Route("PUT", "/os-services/{id}", _by_uuid, UPDATE, body=BY_UUID, since=SERVICE_UUIDS),
)
