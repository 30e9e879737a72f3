"""Places as they are answered to the conductor."""

from typing import Any

from nova.clients.placement.contract import AllocationRequest
from nova.objects.cloud import Selection
from nova.scheduler.hosts import HostState
from nova.scheduler.plan import Place, Placing


def selections(placing: Placing) -> list[Selection]:
    """The chosen one first; it is claimed already, so only the others say what to claim.

    `allocation` is {'resources': {provider: {class: amount}}, 'mappings':
    {suffix: [providers]}}.  Where ports or devices have groups of their own,
    the chosen one tells their providers in `limits['mappings']`.
    """
    mappings = _mappings(placing.chosen.way)
    limits = {"mappings": mappings} if set(mappings) - {""} else {}
    chosen = selection(placing.chosen.host, None, limits)
    return [chosen, *(_alternate(place) for place in placing.alternates)]


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


def _alternate(place: Place) -> Selection:
    resources = {provider: dict(amounts) for provider, amounts in place.way.resources.items()}
    return selection(
        place.host, {"resources": resources, "mappings": _mappings(place.way)}, {}
    )


def _mappings(way: AllocationRequest) -> dict[str, list[str]]:
    return {suffix: list(providers) for suffix, providers in way.mappings.items()}
