"""Where a user wants a server: zone, host and node."""

from dataclasses import dataclass
from typing import Any

from nova.core.call import Call
from nova.core.policy import ADMIN, Policy
from nova.errors import Refused
from nova.microversions import REQUESTED_HOST
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import ComputeHostNotFound, HostMappingNotFound
from nova.seams import ApiSeams

FORCED_HOST = Policy(
    "servers:create:forced_host", ADMIN, "Create a server on a host that is not checked"
)
REQUESTED_DESTINATION = Policy(
    "compute:servers:create:requested_destination", ADMIN,
    "Create a server on a host or node that the scheduler checks",
)
EXCLUSIVE = (
    "One mechanism with host and/or hypervisor_hostname and another mechanism with "
    "zone:host:node are mutually exclusive."
)
UNPARSABLE = "Invalid input received: Unable to parse availability_zone"
NO_SUCH_ZONE = "The requested availability zone is not available"


@dataclass(frozen=True)
class Destination:
    """`forced_*` skip the scheduler's checks, `requested_*` do not."""

    zone: str | None = None
    forced_host: str | None = None
    forced_node: str | None = None
    requested_host: str | None = None
    requested_node: str | None = None


def destination_of(call: Call[ApiSeams], server: dict[str, Any]) -> Destination:
    """Parse, check policies and names; refuses with 400 or 403."""
    zone, host, node = _split(server.get("availability_zone"))
    wished = server.get("host"), server.get("hypervisor_hostname")
    if host or node:
        call.enforce(FORCED_HOST)
    if call.has(REQUESTED_HOST) and any(wished):
        call.enforce(REQUESTED_DESTINATION)
        if host or node:
            raise Refused(code=400, message=EXCLUSIVE)
    for some_host, some_node in ((host, node), wished):
        _require_host(call, some_host)
        _require_node(call, some_host, some_node)
    zone = zone or call.seams.conf.default_schedule_zone
    _require_zone(call, zone)
    return Destination(zone, host, node, *wished)


def _split(text: str | None) -> tuple[str | None, str | None, str | None]:
    """'zone[:[host][:node]]'"""
    if not text:
        return None, None, None
    parts = text.split(":")
    if len(parts) > 3:
        raise Refused(code=400, message=UNPARSABLE)
    zone, host, node = (*parts, "", "")[:3]
    return zone or None, host or None, node or None


def _require_host(call: Call[ApiSeams], host: str | None) -> None:
    if host is None:
        return
    try:
        call.seams.stores.api.hosts.cell_of(host)
    except HostMappingNotFound:
        unknown = ComputeHostNotFound(host=host)
        raise Refused(code=400, message=unknown.message) from None


def _require_node(call: Call[ApiSeams], host: str | None, node: str | None) -> None:
    if node is None:
        return

    def ask(cell: CellStore) -> bool:
        found = cell.nodes.find(host=host, pattern=node)
        return any(each.hypervisor_hostname == node for each in found)

    if not any(answer is True for answer in call.seams.stores.each(ask).values()):
        raise Refused(code=400, message=ComputeHostNotFound(host=node).message)


def _require_zone(call: Call[ApiSeams], zone: str | None) -> None:
    if zone is None or zone == call.seams.conf.default_availability_zone:
        return
    aggregates = call.seams.stores.api.aggregates.find()
    if zone not in {each.availability_zone for each in aggregates if each.hosts}:
        raise Refused(code=400, message=NO_SUCH_ZONE)
