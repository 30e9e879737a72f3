"""One more fixed address for a server, or one less; until ports became the way to do it."""

from typing import Any

from nova.clients.network.contract import vifs_from_json, vifs_to_json
from nova.core.call import Call, Route
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, Policy
from nova.core.shape import Field, obj, raw
from nova.microversions import HOSTS_GONE
from nova.seams import ApiSeams
from nova.servers.errors import InstanceLocked
from nova.servers.load import Found, find_for
from nova.servers.steps.shapes import IP_ADDRESS

OLD_RULE = ("os_compute_api:os-multinic", ADMIN_OR_OWNER)
ADD = Policy("os-multinic:add", MEMBER, "Add a fixed address to a server", deprecated=OLD_RULE)
REMOVE = Policy(
    "os-multinic:remove", MEMBER, "Take a fixed address from a server", deprecated=OLD_RULE
)
# The last version that has them.
LAST = HOSTS_GONE
NETWORK_ID = raw(type=["string", "number"], minLength=1, maxLength=36)


def add(call: Call[ApiSeams]) -> None:
    found = _unlocked(call, ADD)
    network_id = str(call.body["addFixedIp"]["networkId"])
    call.seams.network.addresses.add_fixed(call.context, found.instance.uuid, network_id)
    _remember(call, found)


def remove(call: Call[ApiSeams]) -> None:
    found = _unlocked(call, REMOVE)
    address = call.body["removeFixedIp"]["address"]
    call.seams.network.addresses.remove_fixed(call.context, found.instance.uuid, address)
    _remember(call, found)


def _unlocked(call: Call[ApiSeams], policy: Policy) -> Found:
    found = find_for(call, policy)
    if found.instance.locked and not call.context.is_admin:
        raise InstanceLocked(instance_uuid=found.instance.uuid)
    return found


def _remember(call: Call[ApiSeams], found: Found) -> None:
    """What was changed is seen at once, not when its host looks."""
    uuid = found.instance.uuid
    known = vifs_from_json(found.instance.network_info)
    now = call.seams.network.info(call.context, uuid, known)
    found.require_cell().instances.set_network_info(uuid, vifs_to_json(now))


def _body(action: str, field: Field) -> Any:
    return obj(Field(action, obj(field), required=True))


ROUTES = (
    Route("POST", "/servers/{id}/action", add, success=202, action="addFixedIp", until=LAST,
          body=_body("addFixedIp", Field("networkId", NETWORK_ID, required=True)),
          policies=(ADD,)),
    Route("POST", "/servers/{id}/action", remove, success=202, action="removeFixedIp", until=LAST,
          body=_body("removeFixedIp", Field("address", IP_ADDRESS, required=True)),
          policies=(REMOVE,)),
)
