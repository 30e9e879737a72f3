"""Disk that a node does not have itself: a provider shares it with the node's aggregates."""

from nova.clients.placement.contract import PlacementService, ProviderNotFound
from nova.context import RequestContext

DISK = "DISK_GB"
SHARES = "MISC_SHARES_VIA_AGGREGATE"


def disk_is_shared(
    context: RequestContext, placement: PlacementService, provider: str, at_once: int
) -> bool:
    """`at_once`: aggregates that one search names, see
    [compute]sharing_providers_max_uuids_per_request.  False for a provider not known yet."""
    try:
        aggregates = sorted(placement.facts.aggregates(context, provider).aggregates)
    except ProviderNotFound:
        return False
    searches = (aggregates[at : at + at_once] for at in range(0, len(aggregates), at_once))
    return any(
        DISK in placement.facts.inventories(context, one.id).inventories
        for some in searches
        for one in placement.providers.in_aggregates(context, some, (SHARES,))
        if one.id != provider
    )
