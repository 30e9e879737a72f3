"""/os-security-groups: groups of the network service."""

from typing import Any

from nova.clients.network.contract import SecurityGroup, SecurityGroupNotFound
from nova.core.call import Call, Route
from nova.core.formats import is_uuid
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, READER, Policy
from nova.core.shape import LIMIT, Field, obj, query, string
from nova.errors import Invalid, NotFound
from nova.resources.proxies.group_view import group_shown
from nova.resources.proxies.paging import ANY, UNTIL, limited
from nova.seams import ApiSeams

OLD_RULE = ("os_compute_api:os-security-groups", ADMIN_OR_OWNER)


def policy(name: str, default: str, purpose: str) -> Policy:
    return Policy(f"os-security-groups:{name}", default, purpose, deprecated=OLD_RULE)


class GroupIdMalformed(Invalid):
    template = "Security group id should be uuid"


class GroupUnknown(NotFound):
    template = "Security group {id} not found."


_TEXT = string(min=0, max=255)
BODY = obj(Field("security_group", obj(
    Field("name", _TEXT, required=True), Field("description", _TEXT, required=True), closed=False,
), required=True), closed=False)
LIST = query(Field("all_tenants", string()), LIMIT, Field("offset", LIMIT.shape), closed=False)


def group_of(call: Call[ApiSeams], group_id: str) -> SecurityGroup:
    """400 when the id is malformed, 404 when there is no such group for the caller."""
    if not is_uuid(group_id):
        raise GroupIdMalformed
    for found in call.seams.network.service.security_groups.list(call.context, [group_id]):
        return found
    raise GroupUnknown(id=group_id)


def _list(call: Call[ApiSeams]) -> Any:
    of_all = "all_tenants" in call.query and call.context.is_admin
    found = call.seams.network.service.security_groups.list(call.context, of_all=of_all)
    known = {group.id: group for group in found}
    ordered = sorted(found, key=lambda group: (group.project_id, group.name))
    return {"security_groups": [group_shown(each, known) for each in limited(call, ordered)]}


def shown(call: Call[ApiSeams], group: SecurityGroup) -> Any:
    others = {rule.get("remote_group_id") for rule in group.rules} - {None, group.id}
    service = call.seams.network.service.security_groups
    known = service.list(call.context, sorted(map(str, others))) if others else ()
    return {"security_group": group_shown(group, {each.id: each for each in (group, *known)})}


def _show(call: Call[ApiSeams]) -> Any:
    return shown(call, group_of(call, call.params["id"]))


def _create(call: Call[ApiSeams]) -> Any:
    asked = call.body["security_group"]
    made = call.seams.network.service.security_groups.create(
        call.context, asked["name"], asked["description"]
    )
    return shown(call, made)


def _update(call: Call[ApiSeams]) -> Any:
    asked, group = call.body["security_group"], group_of(call, call.params["id"])
    changed = call.seams.network.service.security_groups.update(
        call.context, group.id, asked["name"], asked["description"]
    )
    return shown(call, changed)


def _delete(call: Call[ApiSeams]) -> None:
    group = group_of(call, call.params["id"])
    try:
        call.seams.network.service.security_groups.delete(call.context, group.id)
    except SecurityGroupNotFound:
        raise GroupUnknown(id=group.id) from None


_ALL, _ONE = "/os-security-groups", "/os-security-groups/{id}"
ROUTES = (
    Route("GET", _ALL, _list, policy("get", READER, "List security groups"), query=LIST,
          until=UNTIL),
    Route("GET", _ONE, _show, policy("show", READER, "Show a security group"), query=ANY,
          until=UNTIL),
    Route("POST", _ALL, _create, policy("create", MEMBER, "Create a security group"), body=BODY,
          until=UNTIL),
    Route("PUT", _ONE, _update, policy("update", MEMBER, "Rename a security group"), body=BODY,
          until=UNTIL),
    Route("DELETE", _ONE, _delete, policy("delete", MEMBER, "Delete a security group"),
          success=202, until=UNTIL),
)  # fmt: skip
