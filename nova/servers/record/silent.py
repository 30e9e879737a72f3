"""Servers whose cell does not answer: what the API database alone knows of them."""

from typing import Any

from nova.core.call import Call
from nova.core.policy import Policy
from nova.errors import Unavailable
from nova.microversions import CELLS_DOWN, GROUPS_SHOWN
from nova.objects.cloud import InstanceMapping, RequestSpec
from nova.objects.store.errors import InstanceNotFound
from nova.seams import ApiSeams
from nova.servers.record.view import embedded_flavor, image_link, time

UNKNOWN = "UNKNOWN"


def brief(call: Call[ApiSeams], mapping: InstanceMapping) -> dict[str, Any]:
    """In a list."""
    uuid = mapping.instance_uuid
    return {"id": uuid, "status": UNKNOWN, "links": call.links("servers", uuid)}


def known(call: Call[ApiSeams], mapping: InstanceMapping) -> dict[str, Any]:
    """In a list with details."""
    more = {"created": time(mapping.created_at), "tenant_id": mapping.project_id}
    return brief(call, mapping) | more


def silent_server(call: Call[ApiSeams], policy: Policy, error: Unavailable) -> dict[str, Any]:
    """Shown alone; the error itself before there were such answers."""
    if not call.has(CELLS_DOWN):
        raise error
    mapping = call.seams.stores.api.mappings.get(call.params["id"])
    if not call.context.is_admin and mapping.project_id != call.context.project_id:
        raise InstanceNotFound(instance_id=mapping.instance_uuid)
    call.enforce(policy, {"project_id": mapping.project_id, "user_id": mapping.user_id})
    spec = call.seams.stores.api.specs.get(mapping.instance_uuid)
    return known(call, mapping) | _planned(call, spec) | _groups(call, mapping)


def _planned(call: Call[ApiSeams], spec: RequestSpec) -> dict[str, Any]:
    """As it was asked for."""
    image_id = spec.image.get("id")
    return {
        "user_id": spec.user_id or "",
        "flavor": embedded_flavor(call, spec.flavor),
        "image": image_link(call, image_id) if image_id else "",
        "OS-EXT-AZ:availability_zone": spec.availability_zone or UNKNOWN,
        "OS-EXT-STS:power_state": 0,
    }


def _groups(call: Call[ApiSeams], mapping: InstanceMapping) -> dict[str, Any]:
    if not call.has(GROUPS_SHOWN):
        return {}
    uuid = mapping.instance_uuid
    group = call.seams.stores.api.groups.of_servers([uuid]).get(uuid)
    return {"server_groups": [group] if group else []}
