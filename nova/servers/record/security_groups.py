"""The security groups of a server's ports."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, READER, Policy
from nova.core.shape import NO_QUERY, Field, Shape, obj, string
from nova.resources.proxies.group_view import group_shown
from nova.seams import ApiSeams
from nova.servers.load import find_for

OLD_RULE = ("os_compute_api:os-security-groups", ADMIN_OR_OWNER)
LIST = Policy(
    "os-security-groups:list", READER, "List a server's security groups", deprecated=OLD_RULE
)
ADD = Policy(
    "os-security-groups:add", MEMBER, "Add a security group to a server", deprecated=OLD_RULE
)
REMOVE = Policy(
    "os-security-groups:remove", MEMBER, "Take a security group from a server",
    deprecated=OLD_RULE,
)


def _body(action: str) -> Shape:
    named = obj(Field("name", string(min=1), required=True))
    return obj(Field(action, named, required=True), closed=False)


def add_group(call: Call[ApiSeams]) -> None:
    uuid = find_for(call, ADD).instance.uuid
    name = call.body["addSecurityGroup"]["name"].strip()
    call.seams.network.guards.add(call.context, uuid, name)


def remove_group(call: Call[ApiSeams]) -> None:
    uuid = find_for(call, REMOVE).instance.uuid
    name = call.body["removeSecurityGroup"]["name"].strip()
    call.seams.network.guards.remove(call.context, uuid, name)


def list_groups(call: Call[ApiSeams]) -> Any:
    instance = find_for(call, LIST, "server_id").instance
    found = call.seams.network.guards.of(call.context, [instance.uuid])
    groups = sorted(found.get(instance.uuid, ()), key=lambda one: (one.project_id, one.name))
    names = {group.id: group for group in groups}
    return {"security_groups": [group_shown(group, names) for group in groups]}


ROUTES = (
    Route("GET", "/servers/{server_id}/os-security-groups", list_groups, query=NO_QUERY,
          policies=(LIST,)),
    *(
        Route("POST", "/servers/{id}/action", handler, success=202, body=_body(action),
              action=action, policies=(policy,))
        for action, handler, policy in (
            ("addSecurityGroup", add_group, ADD), ("removeSecurityGroup", remove_group, REMOVE),
        )
    ),
)
