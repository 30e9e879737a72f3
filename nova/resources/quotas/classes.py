"""/os-quota-class-sets: limits of all projects that have none of their own."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import NO_QUERY
from nova.microversions import QUOTA_CLASS_GROUPS
from nova.resources.quotas.limits import KEPT, defaults_of, is_unified
from nova.resources.quotas.shapes import body, shown
from nova.seams import ApiSeams

SHOW = Policy("os-quota-class-sets:show", ADMIN, "Show the limits of a quota class")
UPDATE = Policy("os-quota-class-sets:update", ADMIN, "Set limits of a quota class")


def _limits(call: Call[ApiSeams]) -> dict[str, Any]:
    return shown(
        defaults_of(call, call.params["id"]), call.version,
        network_gone=QUOTA_CLASS_GROUPS, groups_since=QUOTA_CLASS_GROUPS,
    )


def _show(call: Call[ApiSeams]) -> Any:
    return {"quota_class_set": {"id": call.params["id"], **_limits(call)}}


def _update(call: Call[ApiSeams]) -> Any:
    asked = call.body["quota_class_set"]
    limits = {name: int(limit) for name, limit in asked.items() if name in KEPT}
    if not is_unified(call.seams.conf):
        call.seams.stores.api.quotas.set_class(call.params["id"], limits)
    return {"quota_class_set": _limits(call)}


_ONE = "/os-quota-class-sets/{id}"
ROUTES = (
    Route("GET", _ONE, _show, SHOW, query=NO_QUERY),
    Route(
        "PUT", _ONE, _update, UPDATE,
        body=body("quota_class_set", network_gone=QUOTA_CLASS_GROUPS),
    ),
)
