"""DELETE /os-services/{id}: a host leaves the cloud."""

from nova.clients.placement.contract import ProviderInUse
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.objects.host import ComputeNode
from nova.objects.store.errors import HostMappingNotFound, ServiceNotFound
from nova.resources.services.errors import HasMigrations, HostsServers, ServiceUnknown
from nova.resources.services.lookup import OLD_RULE, Found, service_of
from nova.resources.services.zones import COMPUTE
from nova.seams import ApiSeams

DELETE = Policy("os-services:delete", ADMIN, "Delete a service", deprecated=OLD_RULE)


def _delete(call: Call[ApiSeams]) -> None:
    try:
        found = service_of(call, call.params["id"])
    except ServiceNotFound:
        raise ServiceUnknown(id=call.params["id"]) from None
    if found.service.binary == COMPUTE:
        _leave(call, found)
    found.cell.services.delete(found.service.id)


def _leave(call: Call[ApiSeams], found: Found) -> None:
    """Everything that knows the host forgets it; the service's row goes last, so that a
    deletion that broke off can be asked again."""
    host, api = found.service.host, call.seams.stores.api
    _refuse_if_in_use(found, host)
    nodes = found.cell.nodes.find(host=host)
    _forget_providers(call, nodes)
    for aggregate in api.aggregates.find():
        if host in aggregate.hosts:
            api.aggregates.remove_host(aggregate.id, host)
    for node in nodes:
        found.cell.nodes.delete(node.id)
    try:
        api.hosts.delete(host)
    except HostMappingNotFound:
        return


def _refuse_if_in_use(found: Found, host: str) -> None:
    if found.cell.instances.counts_by_host([host]).get(host, 0):
        raise HostsServers
    if found.cell.operations.open_of_host(host):
        raise HasMigrations


def _forget_providers(call: Call[ApiSeams], nodes: list[ComputeNode]) -> None:
    """Raises HostsServers when something still holds resources there."""
    for node in nodes:
        for provider in reversed(call.seams.placement.providers.tree(call.context, node.uuid)):
            try:
                call.seams.placement.providers.delete(call.context, provider.id)
            except ProviderInUse:
                raise HostsServers from None


ROUTES = (Route("DELETE", "/os-services/{id}", _delete, DELETE, success=204),)
