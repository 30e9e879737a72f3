"""Networks cut into segments reach only some hosts."""

from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request


def routed_networks_filter(request: Request, site: Site) -> Narrowing | None:
    wanted = site.conf.scheduler.query_placement_for_routed_network_aggregates
    if not wanted or site.segments is None:
        return None
    reached = site.segments(request)
    if not reached:
        return None
    return Narrowing(member_of=tuple(reached), reason="hosts that the networks reach")
