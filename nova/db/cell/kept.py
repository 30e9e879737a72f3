"""What is kept as JSON inside a row, in the shapes that older releases wrote, too."""

import json
from typing import Any

from nova.db.rows import filled, parsed_time
from nova.objects.flavor import Flavor

_DATA = "nova_object.data"


def flavor(text: str | None) -> Flavor | None:
    """The current flavor of instance_extra.flavor: {'cur': object, 'old': ..., 'new': ...}."""
    current = (json.loads(text) if text else {}).get("cur")
    if not current:
        return None
    data = {name: value for name, value in current[_DATA].items() if name in Flavor.fields}
    for name in ("created_at", "updated_at"):
        data[name] = parsed_time(data.get(name))
    return filled(Flavor, {"extra_specs": {}, **data})


def flavor_json(current: Flavor | None) -> dict[str, Any] | None:
    if current is None:
        return None
    return {"cur": current.obj_to_primitive(), "old": None, "new": None}


def keypairs(value: Any) -> list[dict[str, Any]]:
    """Plain dicts; a list object of older releases is opened."""
    if isinstance(value, dict):
        return [each[_DATA] for each in value.get(_DATA, {}).get("objects", [])]
    return value or []


def trusted_certs(value: Any) -> list[str] | None:
    if isinstance(value, dict):
        return value.get(_DATA, {}).get("ids")
    return value


def devices(value: Any) -> list[dict[str, Any]]:
    """Devices as guests are told of them; an object of older releases is opened."""
    if isinstance(value, dict):
        return [_device(each) for each in value.get(_DATA, {}).get("devices", [])]
    return value or []


def _device(value: dict[str, Any]) -> dict[str, Any]:
    """{type, bus, address, ...} of NetworkInterfaceMetadata and the like."""
    data = dict(value.get(_DATA, {}))
    place = data.pop("bus", None) or {}
    name = str(place.get("nova_object.name", "")).removesuffix("DeviceBus").lower()
    address = place.get(_DATA, {}).get("address")
    kind = str(value.get("nova_object.name", "")).removesuffix("Metadata").lower()
    found = {"type": {"networkinterface": "nic"}.get(kind, kind), **data}
    return {**found, "bus": name, "address": address} if name and address else found
