"""/os-networks and /os-tenant-networks: networks of the network service."""

from dataclasses import replace
from typing import Any

from nova.clients.network.contract import Network
from nova.context import admin_context
from nova.core.call import Call, Route
from nova.core.policy import ADMIN_OR_OWNER, READER, Policy
from nova.core.shape import ANYTHING
from nova.errors import NotFound
from nova.resources.proxies.paging import UNTIL
from nova.seams import ApiSeams

VIEW = ("os_compute_api:os-networks:view", ADMIN_OR_OWNER)
LIST = Policy("os-networks:list", READER, "List networks", deprecated=VIEW)
SHOW = Policy("os-networks:show", READER, "Show a network", deprecated=VIEW)
OF_TENANT = ("os_compute_api:os-tenant-networks", ADMIN_OR_OWNER)
TENANT_LIST = Policy(
    "os-tenant-networks:list", READER, "List a project's networks", deprecated=OF_TENANT
)
TENANT_SHOW = Policy(
    "os-tenant-networks:show", READER, "Show a project's network", deprecated=OF_TENANT
)
# What networks had when they were this service's own: all of it is null now.
EVERYBODY = (
    "broadcast", "cidr", "cidr_v6", "dns1", "dns2", "gateway", "gateway_v6", "netmask",
    "netmask_v6",
)  # fmt: skip
ADMINS = (
    "bridge", "bridge_interface", "created_at", "deleted", "deleted_at", "dhcp_server",
    "dhcp_start", "enable_dhcp", "host", "injected", "mtu", "multi_host", "priority", "project_id",
    "rxtx_base", "share_address", "updated_at", "vlan", "vpn_private_address",
    "vpn_public_address", "vpn_public_port",
)  # fmt: skip


class NetworkUnknown(NotFound):
    template = "Network not found"


def _shown(call: Call[ApiSeams], network: Network) -> dict[str, Any]:
    names = (*EVERYBODY, *(ADMINS if call.context.is_admin else ()))
    return {"id": network.id, "label": network.name, **dict.fromkeys(names)}


def _of_tenant(call: Call[ApiSeams], network: Network) -> dict[str, Any]:
    return {"id": network.id, "label": network.name, "cidr": "None"}


def _usable(call: Call[ApiSeams]) -> tuple[Network, ...]:
    return call.seams.network.service.networks.usable(call.context)


def _named(call: Call[ApiSeams]) -> Network:
    service = call.seams.network.service.networks
    for found in service.usable(call.context, [call.params["id"]]):
        return found
    raise NetworkUnknown


def _list(call: Call[ApiSeams]) -> Any:
    return {"networks": [_shown(call, each) for each in _usable(call)]}


def _show(call: Call[ApiSeams]) -> Any:
    return {"network": _shown(call, _named(call))}


def _tenant_list(call: Call[ApiSeams]) -> Any:
    found = {each.id: each for each in (*_usable(call), *_defaults(call))}
    return {"networks": [_of_tenant(call, each) for each in found.values()]}


def _defaults(call: Call[ApiSeams]) -> tuple[Network, ...]:
    """Networks of one project that an operator shows to every other."""
    options = call.seams.conf.api
    if not options.use_neutron_default_nets:
        return ()
    own = admin_context(call.context.request_id)
    as_project = replace(own, project_id=options.neutron_default_project_id)
    return call.seams.network.service.networks.usable(as_project)


def _tenant_show(call: Call[ApiSeams]) -> Any:
    return {"network": _of_tenant(call, _named(call))}


ROUTES = tuple(
    Route("GET", path, handler, policy, query=ANYTHING, until=UNTIL)
    for path, handler, policy in (
        ("/os-networks", _list, LIST),
        ("/os-networks/{id}", _show, SHOW),
        ("/os-tenant-networks", _tenant_list, TENANT_LIST),
        ("/os-tenant-networks/{id}", _tenant_show, TENANT_SHOW),
    )
)
