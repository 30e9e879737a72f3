"""Lead a floating address to a server, and away; until clients asked the network service."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, Policy
from nova.core.shape import Field, obj
from nova.microversions import HOSTS_GONE
from nova.seams import ApiSeams
from nova.servers.load import find_for
from nova.servers.steps.shapes import IP_ADDRESS

OLD_RULE = ("os_compute_api:os-floating-ips", ADMIN_OR_OWNER)
ADD = Policy(
    "os-floating-ips:add", MEMBER, "Lead a floating address to a server", deprecated=OLD_RULE
)
REMOVE = Policy(
    "os-floating-ips:remove", MEMBER, "Lead a floating address away from a server",
    deprecated=OLD_RULE,
)
# The last version that has them.
LAST = HOSTS_GONE


def add(call: Call[ApiSeams]) -> None:
    uuid = find_for(call, ADD).instance.uuid
    wish = call.body["addFloatingIp"]
    call.seams.network.addresses.add_floating(
        call.context, uuid, wish["address"], wish.get("fixed_address")
    )


def remove(call: Call[ApiSeams]) -> None:
    uuid = find_for(call, REMOVE).instance.uuid
    address = call.body["removeFloatingIp"]["address"]
    call.seams.network.addresses.remove_floating(call.context, uuid, address)


def _body(action: str, *fields: Field) -> Any:
    wanted = Field("address", IP_ADDRESS, required=True)
    return obj(Field(action, obj(wanted, *fields), required=True))


ROUTES = (
    Route("POST", "/servers/{id}/action", add, success=202, action="addFloatingIp", until=LAST,
          body=_body("addFloatingIp", Field("fixed_address", IP_ADDRESS)), policies=(ADD,)),
    Route("POST", "/servers/{id}/action", remove, success=202, action="removeFloatingIp",
          until=LAST, body=_body("removeFloatingIp"), policies=(REMOVE,)),
)
