"""Making, describing and removing flavors."""

import uuid
from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import BOOLEAN, NAME, Field, Raw, obj, string, truth
from nova.core.view import before
from nova.microversions import FLAVOR_DESCRIPTION, STRICT_QUERIES
from nova.objects.flavor import Flavor
from nova.resources.flavors.views import SPECS_SHOWN, full, shows_specs
from nova.seams import ApiSeams

_LARGEST = 2**31 - 1
# The largest number that every database keeps in a single-precision column.
_LARGEST_FACTOR = 3.40282e38


def _size(least: int) -> Raw:
    return Raw({
        "type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": least, "maximum": _LARGEST,
    })


_ID = Raw({
    "type": ["string", "number", "null"], "minLength": 1, "maxLength": 255,
    "pattern": "^(?! )[a-zA-Z0-9. _-]+(?<! )$",
})
_FACTOR = Raw({
    "type": ["number", "string"], "pattern": r"^[0-9]+(\.[0-9]+)?$",
    "exclusiveMinimum": 0, "maximum": _LARGEST_FACTOR,
})
_DESCRIPTION = string(min=0, max=65535, null=True, format="printable")

CREATE = obj(Field("flavor", obj(
    Field("name", NAME, required=True),
    Field("id", _ID),
    Field("ram", _size(1), required=True),
    Field("vcpus", _size(1), required=True),
    Field("disk", _size(0), required=True),
    Field("OS-FLV-EXT-DATA:ephemeral", _size(0)),
    Field("swap", _size(0)),
    Field("rxtx_factor", _FACTOR, until=before(STRICT_QUERIES)),
    Field("os-flavor-access:is_public", BOOLEAN),
    Field("description", _DESCRIPTION, since=FLAVOR_DESCRIPTION),
), required=True))
UPDATE = obj(Field("flavor", obj(Field("description", _DESCRIPTION, required=True)), required=True))


def _create(call: Call[ApiSeams]) -> Any:
    made = call.seams.stores.api.flavors.create(_of(call.body["flavor"]))
    return {"flavor": full(call, made, shows_specs(call))}


def _of(asked: Mapping[str, Any]) -> Flavor:
    wanted = asked.get("id")
    return Flavor(
        flavorid=str(uuid.uuid4()) if wanted is None else str(wanted),
        name=asked["name"].strip(),
        memory_mb=int(asked["ram"]),
        vcpus=int(asked["vcpus"]),
        root_gb=int(asked["disk"]),
        ephemeral_gb=int(asked.get("OS-FLV-EXT-DATA:ephemeral", 0)),
        swap=int(asked.get("swap", 0)),
        rxtx_factor=float(asked.get("rxtx_factor", 1.0)),
        vcpu_weight=None,
        disabled=False,
        is_public=truth(asked.get("os-flavor-access:is_public", True)),
        description=asked.get("description"),
        extra_specs={},
    )


def _update(call: Call[ApiSeams]) -> Any:
    changed = call.seams.stores.api.flavors.describe(
        call.params["id"], call.body["flavor"]["description"]
    )
    return {"flavor": full(call, changed, shows_specs(call))}


def _delete(call: Call[ApiSeams]) -> None:
    call.seams.stores.api.flavors.delete(call.params["id"])


ROUTES = (
    Route(
        "POST", "/flavors", _create, Policy("os-flavor-manage:create", ADMIN, "Create a flavor"),
        body=CREATE, policies=(SPECS_SHOWN,),
    ),
    Route(
        "PUT", "/flavors/{id}", _update,
        Policy("os-flavor-manage:update", ADMIN, "Change the description of a flavor"),
        body=UPDATE, since=FLAVOR_DESCRIPTION, policies=(SPECS_SHOWN,),
    ),
    Route(
        "DELETE", "/flavors/{id}", _delete,
        Policy("os-flavor-manage:delete", ADMIN, "Delete a flavor"), success=202,
    ),
)
