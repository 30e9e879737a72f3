"""Which projects may use a private flavor."""

from typing import Any

from nova.clients.identity.contract import Verdict
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, ADMIN_OR_OWNER, Policy
from nova.core.shape import NO_QUERY, Field, Object, obj, string
from nova.errors import Conflict, Invalid, NotFound
from nova.microversions import PUBLIC_FLAVOR_ACCESS_REFUSED
from nova.resources.flavors.catalogue import visible
from nova.seams import ApiSeams

_OLD_RULE = ("os_compute_api:os-flavor-access", ADMIN_OR_OWNER)


class PublicFlavorHasNoList(NotFound):
    template = "Access list not available for public flavors."


class PublicFlavorGrant(Conflict):
    template = "Can not add access to a public flavor."


class ProjectInvalid(Invalid):
    template = "Project ID {project_id} is not a valid project."


def _body(action: str) -> Object:
    tenant = Field("tenant", string(min=1, max=255), required=True)
    return obj(Field(action, obj(tenant), required=True))


def _list(call: Call[ApiSeams]) -> Any:
    flavor = visible(call, call.params["flavor_id"])
    if flavor.is_public:
        raise PublicFlavorHasNoList
    return _shown(call, flavor.flavorid)


def _grant(call: Call[ApiSeams]) -> Any:
    project_id = call.body["addTenantAccess"]["tenant"]
    flavor = visible(call, call.params["id"])
    if call.has(PUBLIC_FLAVOR_ACCESS_REFUSED) and flavor.is_public:
        raise PublicFlavorGrant
    if call.seams.identity.project(call.context, project_id) is Verdict.MISSING:
        raise ProjectInvalid(project_id=project_id)
    call.seams.stores.api.flavors.grant(flavor.flavorid, project_id)
    return _shown(call, flavor.flavorid)


def _revoke(call: Call[ApiSeams]) -> Any:
    """The project itself need not exist any more."""
    flavor = visible(call, call.params["id"])
    project_id = call.body["removeTenantAccess"]["tenant"]
    call.seams.stores.api.flavors.revoke(flavor.flavorid, project_id)
    return _shown(call, flavor.flavorid)


def _shown(call: Call[ApiSeams], flavor_id: str) -> Any:
    projects = call.seams.stores.api.flavors.access(flavor_id)
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": each} for each in projects]}


ROUTES = (
    Route(
        "GET", "/flavors/{flavor_id}/os-flavor-access", _list,
        Policy("os-flavor-access", ADMIN, "List the projects that may use a private flavor",
               deprecated=_OLD_RULE),
        query=NO_QUERY,
    ),
    Route(
        "POST", "/flavors/{id}/action", _grant,
        Policy("os-flavor-access:add_tenant_access", ADMIN,
               "Let a project use a private flavor"),
        body=_body("addTenantAccess"), action="addTenantAccess",
    ),
    Route(
        "POST", "/flavors/{id}/action", _revoke,
        Policy("os-flavor-access:remove_tenant_access", ADMIN,
               "No longer let a project use a private flavor"),
        body=_body("removeTenantAccess"), action="removeTenantAccess",
    ),
)
