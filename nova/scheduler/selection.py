"""Places as they are answered to the conductor."""

from typing import Any

from nova.clients.placement.contract import AllocationRequest
from nova.objects.cloud import Selection
from nova.scheduler.hosts import HostState
from nova.scheduler.numa import GuestTopology
from nova.scheduler.plan import Place, Placing


def selections(placing: Placing) -> list[Selection]:
    """The chosen one first; it is claimed already, so only the others say what to claim.

    `allocation` is {'resources': {provider: {class: amount}}, 'mappings':
    {suffix: [providers]}}.  Where ports or devices have groups of their own,
    the chosen one tells their providers in `limits['mappings']`.  Guests with a
    NUMA topology have the ratios of the host in `limits['numa_topology']`.
    """
    topology = placing.request.taken.topology
    mappings = _mappings(placing.chosen.way)
    told: dict[str, Any] = {"mappings": mappings} if set(mappings) - {""} else {}
    chosen = placing.chosen.host
    others = (_alternate(place, _limits(place.host, topology)) for place in placing.alternates)
    return [selection(chosen, None, told | _limits(chosen, topology)), *others]


def selection(
    host: HostState, allocation: dict[str, Any] | None, limits: dict[str, Any]
) -> Selection:
    return Selection(
        host=host.host,
        node=host.nodename,
        compute_uuid=host.uuid,
        cell_uuid=host.cell_uuid,
        availability_zone=host.zone,
        allocation=allocation,
        limits=limits,
    )


def _limits(host: HostState, topology: GuestTopology | None) -> dict[str, Any]:
    """What the host's own claim may give away of its cells."""
    if topology is None:
        return {}
    return {"numa_topology": {
        "cpu_allocation_ratio": host.cpu_allocation_ratio,
        "ram_allocation_ratio": host.ram_allocation_ratio,
    }}


def _alternate(place: Place, limits: dict[str, Any]) -> Selection:
    resources = {provider: dict(amounts) for provider, amounts in place.way.resources.items()}
    return selection(
        place.host, {"resources": resources, "mappings": _mappings(place.way)}, limits
    )


def _mappings(way: AllocationRequest) -> dict[str, list[str]]:
    return {suffix: list(providers) for suffix, providers in way.mappings.items()}
