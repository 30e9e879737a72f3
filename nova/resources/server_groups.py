"""Groups of servers that belong together, or apart: /os-server-groups."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.core.call import Call, Route
from nova.core.paging import amount
from nova.core.policy import ADMIN, MEMBER, READER, Policy
from nova.core.shape import (
    LIMIT,
    NO_QUERY,
    Field,
    Raw,
    Shape,
    Versioned,
    integer,
    obj,
    one_of,
    query,
    string,
)
from nova.core.view import Shown, before, view
from nova.errors import Forbidden, Invalid
from nova.microversions import (
    BASE,
    GROUP_OWNER,
    GROUP_RULES,
    SOFT_GROUP_POLICIES,
    STRICT_PARAMETERS,
)
from nova.objects.cloud import ServerGroup
from nova.objects.store.page import Page
from nova.resources.quotas.limits import UNLIMITED, limits_of
from nova.seams import ApiSeams

HARD = ("anti-affinity", "affinity")
ALL = (*HARD, "soft-anti-affinity", "soft-affinity")
RULED = "anti-affinity"
# More groups than this there are not.
MANY = 2**31 - 1

INDEX = Policy("os-server-groups:index", READER, "List the server groups of the own project")
ALL_PROJECTS = Policy(
    "os-server-groups:index:all_projects", ADMIN, "List the server groups of all projects"
)
SHOW = Policy("os-server-groups:show", READER, "Show a server group")
CREATE = Policy("os-server-groups:create", MEMBER, "Create a server group")
DELETE = Policy("os-server-groups:delete", MEMBER, "Delete a server group")


class RulesWithoutMeaning(Invalid):
    template = "Only anti-affinity policy supports rules."


class TooManyGroups(Forbidden):
    template = "Quota exceeded, too many server groups."


def _one_policy(*policies: str) -> Shape:
    return Raw({
        "type": "array", "prefixItems": [one_of(*policies).document], "uniqueItems": True,
        "minItems": 1, "maxItems": 1, "additionalItems": False,
    })


_POLICIES = Versioned(((BASE, _one_policy(*HARD)), (SOFT_GROUP_POLICIES, _one_policy(*ALL))))
_MOST = integer(1, pattern="^[0-9]*$", minLength=1)
BODY = obj(Field("server_group", obj(
    Field("name", string(min=1, max=255, format="name"), required=True),
    Field("policies", _POLICIES, required=True, until=before(GROUP_RULES)),
    Field("policy", one_of(*ALL), required=True, since=GROUP_RULES),
    Field("rules", obj(Field("max_server_per_host", _MOST)), since=GROUP_RULES),
), required=True))
LIST = query(
    Field("all_projects", string()), LIMIT, Field("offset", LIMIT.shape), closed=STRICT_PARAMETERS
)


@dataclass(frozen=True)
class Seen:
    """A group with those of its members that still are."""

    group: ServerGroup
    members: list[str]


_SHOWN: tuple[Shown[Seen], ...] = (
    Shown("id", lambda s: s.group.uuid),
    Shown("name", lambda s: s.group.name),
    Shown("members", lambda s: s.members),
    Shown("policies", lambda s: [s.group.policy], until=before(GROUP_RULES)),
    Shown("metadata", lambda s: {}, until=before(GROUP_RULES)),
    Shown("project_id", lambda s: s.group.project_id, since=GROUP_OWNER),
    Shown("user_id", lambda s: s.group.user_id, since=GROUP_OWNER),
    Shown("policy", lambda s: s.group.policy, since=GROUP_RULES),
    Shown("rules", lambda s: s.group.rules, since=GROUP_RULES),
)


def _shown(call: Call[ApiSeams], groups: list[ServerGroup]) -> list[dict[str, Any]]:
    """One statement for the members of all of them."""
    named = [member for group in groups for member in group.members]
    mappings = call.seams.stores.api.mappings.of(named) if named else {}
    there = {uuid for uuid, mapping in mappings.items() if not mapping.queued_for_delete}
    return [
        view(_SHOWN, Seen(group, [m for m in group.members if m in there]), call.version)
        for group in groups
    ]


def _list(call: Call[ApiSeams]) -> Any:
    project_id = call.context.project_id
    if call.parameter("all_projects") is not None and call.context.is_admin:
        call.enforce(ALL_PROJECTS)
        project_id = None
    most = call.seams.conf.api.max_limit
    limit, offset = min(amount(call, "limit", most), most), amount(call, "offset", 0)
    found = call.seams.stores.api.groups.find(
        Page(min(offset + limit, MANY)), project_id=project_id
    )
    return {"server_groups": _shown(call, found[offset:])}


def _show(call: Call[ApiSeams]) -> Any:
    return {"server_group": _shown(call, [_named(call, SHOW)])[0]}


def _named(call: Call[ApiSeams], policy: Policy) -> ServerGroup:
    group = call.seams.stores.api.groups.get(call.params["id"])
    call.enforce(policy, {"project_id": group.project_id, "user_id": group.user_id})
    return group


def _create(call: Call[ApiSeams]) -> Any:
    group = _wanted(call, call.body["server_group"])
    groups = call.seams.stores.api.groups
    allowed = limits_of(call)["server_groups"]
    if allowed != UNLIMITED and groups.count(group.project_id) >= allowed:
        raise TooManyGroups
    return {"server_group": _shown(call, [groups.create(group)])[0]}


def _wanted(call: Call[ApiSeams], asked: Mapping[str, Any]) -> ServerGroup:
    policy = asked["policy"] if call.has(GROUP_RULES) else asked["policies"][0]
    rules = {name: int(value) for name, value in asked.get("rules", {}).items()}
    if rules and policy != RULED:
        raise RulesWithoutMeaning
    return ServerGroup(
        uuid=str(uuid.uuid4()), name=asked["name"], policy=policy, rules=rules, members=[],
        project_id=call.context.project_id, user_id=call.context.user_id,
    )


def _delete(call: Call[ApiSeams]) -> None:
    call.seams.stores.api.groups.delete(_named(call, DELETE).uuid)


_ALL, _ONE = "/os-server-groups", "/os-server-groups/{id}"
routes = (
    Route("GET", _ALL, _list, INDEX, query=LIST, policies=(ALL_PROJECTS,)),
    Route("POST", _ALL, _create, CREATE, body=BODY),
    Route("GET", _ONE, _show, query=NO_QUERY, policies=(SHOW,)),
    Route("DELETE", _ONE, _delete, policies=(DELETE,), success=204),
)
