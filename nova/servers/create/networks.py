"""The interfaces of a new server."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import (
    Choice,
    Interface,
    NetworkAsk,
    NetworkNotFound,
    NetworkPlan,
    PortNotFound,
    SecurityGroupNotFound,
)
from nova.core.call import Call
from nova.core.formats import is_uuid
from nova.core.policy import ADMIN, MEMBER, Policy
from nova.errors import Refused
from nova.microversions import PORT_RESOURCES
from nova.seams import ApiSeams

ATTACH_NETWORK = Policy(
    "servers:create:attach_network", MEMBER, "Create a server with chosen networks"
)
EXTERNAL_NETWORK = Policy(
    "network:attach_external_network", ADMIN, "Attach a server to an external network"
)
TOO_EARLY = (
    "Creating servers with ports having resource requests, like a port with a QoS minimum "
    "bandwidth policy, is not supported until microversion {version}."
)
ADDRESS_AND_PORT = (
    "Specified Fixed IP '{address}' cannot be used with port '{port}': the two cannot be "
    "specified together."
)
NO_NETWORK = "Bad network format: missing 'uuid'"
BAD_NETWORK = "Bad networks format: network uuid is not in proper format ({network})"
ONE_PORT_MANY = "Failed to launch instances: {reason}"


def network_plan(
    call: Call[ApiSeams], server: dict[str, Any], count: int, *, located: bool
) -> NetworkPlan:
    """What was asked, verified with the network service; refuses as the contract says.
    `located`: the guest wants its memory near its networks."""
    asked = _interfaces(call, server.get("networks"), count)
    ask = NetworkAsk(
        interfaces=asked,
        count=count,
        security_groups=group_names(server),
        allow_external=call.allows(EXTERNAL_NETWORK),
        located=located,
    )
    try:
        plan = call.seams.network.check(call.context, ask)
    except (NetworkNotFound, PortNotFound, SecurityGroupNotFound) as error:
        raise Refused(code=400, message=error.message) from error
    _refuse_resources(call, plan)
    return plan


def group_names(server: Mapping[str, Any]) -> list[str]:
    """The security groups that were asked for, each once."""
    named = [group.get("name", "").strip() for group in server.get("security_groups", ())]
    return list(dict.fromkeys(name for name in named if name))


def _interfaces(
    call: Call[ApiSeams], networks: Any, count: int
) -> tuple[Interface, ...] | Choice | None:
    if networks is None:
        return None
    if isinstance(networks, str):
        choice: Choice = "auto" if networks == "auto" else "none"
        return choice
    if networks:
        call.enforce(ATTACH_NETWORK)
    return tuple(_interface(one, count) for one in networks) or None


def _interface(asked: dict[str, Any], count: int) -> Interface:
    port, network, address = asked.get("port"), asked.get("uuid"), asked.get("fixed_ip")
    if port and address:
        raise Refused(code=400, message=ADDRESS_AND_PORT.format(address=address, port=port))
    if not port:
        _require_network(network)
    if count > 1 and (port or address):
        reason = f"a {'port' if port else 'fixed IP'} cannot be given to several servers."
        raise Refused(code=400, message=ONE_PORT_MANY.format(reason=reason))
    return Interface(
        network_id=None if port else network, port_id=port, address=address, tag=asked.get("tag")
    )


def _require_network(network: str | None) -> None:
    if network is None:
        raise Refused(code=400, message=NO_NETWORK)
    if not is_uuid(network):
        raise Refused(code=400, message=BAD_NETWORK.format(network=network))


def _refuse_resources(call: Call[ApiSeams], plan: NetworkPlan) -> None:
    if not call.has(PORT_RESOURCES) and any(port.resource_request for port in plan.ports):
        raise Refused(code=400, message=TOO_EARLY.format(version=PORT_RESOURCES))


def primitives(plan: NetworkPlan) -> list[dict[str, Any]]:
    """The interfaces as a build's progress keeps them."""
    return [
        {"network_id": one.network_id, "port_id": one.port_id, "address": one.address,
         "tag": one.tag}
        for one in plan.interfaces
    ]


