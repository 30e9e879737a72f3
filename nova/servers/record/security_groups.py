"""The security groups of a server's ports."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import SecurityGroup
from nova.core.call import Call, Route
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, READER, Policy
from nova.core.shape import NO_QUERY, Field, Shape, obj, string
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
    return {"security_groups": [_group(group, names) for group in groups]}


def _group(group: SecurityGroup, known: Mapping[str, SecurityGroup]) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "tenant_id": group.project_id,
        "rules": [_rule(group, rule, known) for rule in group.rules
                  if rule.get("direction", "ingress") == "ingress"],
    }


def _rule(
    group: SecurityGroup, rule: Mapping[str, Any], known: Mapping[str, SecurityGroup]
) -> dict[str, Any]:
    """The network service's rule in the words of this API; -1 stands for any port."""
    other = rule.get("remote_group_id")
    source = known.get(other or "")
    prefix = rule.get("remote_ip_prefix")
    return {
        "id": rule["id"],
        "parent_group_id": group.id,
        "ip_protocol": rule.get("protocol"),
        "from_port": rule.get("port_range_min"),
        "to_port": rule.get("port_range_max"),
        "group": {"name": source.name, "tenant_id": source.project_id} if source else {},
        "ip_range": {"cidr": prefix or _everywhere(rule)} if not other else {},
    }


def _everywhere(rule: Mapping[str, Any]) -> str:
    return "::/0" if rule.get("ethertype") == "IPv6" else "0.0.0.0/0"


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
