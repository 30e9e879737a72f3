"""/os-quota-sets: the limits of projects, and of users in them."""

from collections.abc import Mapping
from typing import Any

from nova.clients.identity.contract import Verdict
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, ANYONE, READER, Policy
from nova.core.shape import Field, query, string, truth
from nova.microversions import STRICT_PARAMETERS
from nova.resources.quotas.errors import AboveProject, BelowUsage, ProjectUnknown
from nova.resources.quotas.limits import (
    KEPT,
    NO_QUOTAS,
    UNLIMITED,
    defaults_of,
    is_unified,
    limits_of,
)
from nova.resources.quotas.shapes import FORCE, body, shown
from nova.resources.quotas.usage import servers_of
from nova.seams import ApiSeams

SHOW = Policy("os-quota-sets:show", READER, "Show the limits of a project")
DETAIL = Policy("os-quota-sets:detail", READER, "Show the limits of a project and what it has")
DEFAULTS = Policy("os-quota-sets:defaults", ANYONE, "Show the default limits")
UPDATE = Policy("os-quota-sets:update", ADMIN, "Set limits of a project")
DELETE = Policy("os-quota-sets:delete", ADMIN, "Set a project back to the default limits")

OF_USER = query(Field("user_id", string()), closed=STRICT_PARAMETERS)
ANY_QUERY = query(closed=False)


def _project(call: Call[ApiSeams], policy: Policy) -> str:
    """The project in the path, once the caller may ask for it and there is such a one."""
    project_id = call.params["id"]
    call.enforce(policy, {"project_id": project_id})
    if call.seams.identity.project(call.context, project_id) is Verdict.MISSING:
        raise ProjectUnknown(project_id=project_id)
    return project_id


def _user(call: Call[ApiSeams]) -> str | None:
    """The first that the query names."""
    return next(iter(call.query.get("user_id", ())), None)


def _show(call: Call[ApiSeams]) -> Any:
    project_id = _project(call, SHOW)
    limits = limits_of(call, project_id, _user(call))
    return {"quota_set": {"id": project_id, **shown(limits, call.version)}}


def _defaults(call: Call[ApiSeams]) -> Any:
    project_id = _project(call, DEFAULTS)
    return {"quota_set": {"id": project_id, **shown(defaults_of(call), call.version)}}


def _detail(call: Call[ApiSeams]) -> Any:
    project_id = _project(call, DETAIL)
    limits = limits_of(call, project_id, _user(call))
    used = _used(call, project_id, _user(call))

    def told(resource: str, limit: int) -> dict[str, int]:
        return {"limit": limit, "in_use": used.get(resource, 0), "reserved": 0}

    if call.seams.conf.quota.driver == NO_QUOTAS:
        told = _nothing_told
    return {"quota_set": {"id": project_id, **shown(limits, call.version, of=told)}}


def _nothing_told(resource: str, limit: int) -> dict[str, int]:
    return dict.fromkeys(("limit", "in_use", "reserved"), UNLIMITED)


def _used(call: Call[ApiSeams], project_id: str, user_id: str | None) -> dict[str, int]:
    """Only what is counted for a project; key pairs are their users'."""
    servers = servers_of(call, project_id, user_id)
    return {
        "instances": servers.instances,
        "cores": servers.vcpus,
        "ram": servers.memory_mb,
        "server_groups": call.seams.stores.api.groups.count(project_id, user_id),
    }


def _update(call: Call[ApiSeams]) -> Any:
    project_id, user_id = _project(call, UPDATE), _user(call)
    asked = dict(call.body["quota_set"])
    forced = truth(asked.pop("force", False))
    limits = {name: int(limit) for name, limit in asked.items() if name in KEPT}
    if not forced:
        _refuse_unsettable(call, project_id, user_id, limits)
    if not is_unified(call.seams.conf):
        call.seams.stores.api.quotas.set(project_id, limits, user_id)
    return {"quota_set": shown(limits_of(call, project_id, user_id), call.version)}


def _refuse_unsettable(
    call: Call[ApiSeams], project_id: str, user_id: str | None, limits: Mapping[str, int]
) -> None:
    """Not below what is used; a user's not above the project's."""
    used = _used(call, project_id, user_id)
    above = limits_of(call, project_id) if user_id else {}
    for resource, limit in limits.items():
        least, most = used.get(resource, 0), above.get(resource, UNLIMITED)
        if limit != UNLIMITED and limit < least:
            raise BelowUsage(limit=limit, resource=resource, minimum=least)
        if most != UNLIMITED and (limit == UNLIMITED or limit > most):
            raise AboveProject(limit=limit, resource=resource, maximum=most)


def _delete(call: Call[ApiSeams]) -> None:
    """Also of a project that is no more."""
    project_id = call.params["id"]
    call.enforce(DELETE, {"project_id": project_id})
    call.seams.stores.api.quotas.drop(project_id, _user(call))


_ONE = "/os-quota-sets/{id}"
ROUTES = (
    Route("GET", _ONE, _show, query=OF_USER, policies=(SHOW,)),
    Route("GET", f"{_ONE}/detail", _detail, query=OF_USER, policies=(DETAIL,)),
    Route("GET", f"{_ONE}/defaults", _defaults, query=ANY_QUERY, policies=(DEFAULTS,)),
    Route("PUT", _ONE, _update, query=OF_USER, body=body("quota_set", FORCE), policies=(UPDATE,)),
    Route("DELETE", _ONE, _delete, query=OF_USER, policies=(DELETE,), success=202),
)
