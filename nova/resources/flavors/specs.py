"""Extra specs: what a flavor asks beyond its sizes."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, READER, Policy
from nova.core.shape import NO_QUERY, Field, Object, Raw, obj
from nova.errors import Invalid
from nova.microversions import EXTRA_SPECS_VALIDATED
from nova.objects.store.errors import ExtraSpecNotFound
from nova.resources.flavors.catalogue import visible
from nova.resources.flavors.spec_rules import check_spec
from nova.resources.flavors.views import SPECS_SHOWN
from nova.seams import ApiSeams

_SPECS = Object(patterns={
    "^[a-zA-Z0-9-_:. ]{1,255}$": Raw({"type": ["string", "number"], "maxLength": 255}),
})
CREATE = obj(Field("extra_specs", _SPECS, required=True))
UPDATE = Object(patterns=_SPECS.patterns, extra={"minProperties": 1, "maxProperties": 1})


class KeyMismatch(Invalid):
    template = "Request body and URI mismatch"


class ValueTooLong(Invalid):
    template = "Invalid input for field/attribute {key}. Value: {value}. '{value}' is too long"


def _list(call: Call[ApiSeams]) -> Any:
    return {"extra_specs": visible(call, call.params["flavor_id"]).extra_specs}


def _show(call: Call[ApiSeams]) -> Any:
    flavor, key = visible(call, call.params["flavor_id"]), call.params["id"]
    if key not in flavor.extra_specs:
        raise ExtraSpecNotFound(flavor_id=flavor.flavorid, key=key)
    return {key: flavor.extra_specs[key]}


def _add(call: Call[ApiSeams]) -> Any:
    return {"extra_specs": _set(call, call.body["extra_specs"])}


def _replace(call: Call[ApiSeams]) -> Any:
    if call.params["id"] not in call.body:
        raise KeyMismatch
    return _set(call, call.body)


def _set(call: Call[ApiSeams], asked: Mapping[str, Any]) -> dict[str, str]:
    specs = {key: str(value) for key, value in asked.items()}
    for key, value in specs.items():
        if len(value) > 255:
            raise ValueTooLong(key=key, value=value)
        if call.has(EXTRA_SPECS_VALIDATED):
            check_spec(key, value)
    flavor = visible(call, call.params["flavor_id"])
    call.seams.stores.api.flavors.set_specs(flavor.flavorid, specs)
    return specs


def _delete(call: Call[ApiSeams]) -> None:
    flavor = visible(call, call.params["flavor_id"])
    call.seams.stores.api.flavors.delete_spec(flavor.flavorid, call.params["id"])


_ALL = "/flavors/{flavor_id}/os-extra_specs"
_ONE = _ALL + "/{id}"
ROUTES = (
    Route("GET", _ALL, _list, SPECS_SHOWN, query=NO_QUERY),
    Route(
        "POST", _ALL, _add,
        Policy("os-flavor-extra-specs:create", ADMIN, "Add extra specs to a flavor"), body=CREATE,
    ),
    Route(
        "GET", _ONE, _show,
        Policy("os-flavor-extra-specs:show", READER, "Show one extra spec of a flavor"),
        query=NO_QUERY,
    ),
    Route(
        "PUT", _ONE, _replace,
        Policy("os-flavor-extra-specs:update", ADMIN, "Set one extra spec of a flavor"),
        body=UPDATE,
    ),
    Route(
        "DELETE", _ONE, _delete,
        Policy("os-flavor-extra-specs:delete", ADMIN, "Remove one extra spec of a flavor"),
    ),
)
