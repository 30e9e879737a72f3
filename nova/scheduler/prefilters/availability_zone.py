"""Servers go where their user wants them: zones are aggregates."""

from nova.objects.cloud import Aggregate
from nova.scheduler.asking.narrowing import Narrowing, inside, outside
from nova.scheduler.errors import no_valid_host
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request


def map_az_to_placement_aggregate(request: Request, site: Site) -> Narrowing | None:
    """The default zone is where hosts are that no aggregate gives a zone."""
    zone = request.spec.availability_zone
    if not zone:
        return None
    named = [found.uuid for found in site.aggregates if _zone(found) == zone]
    if named:
        return inside(named, f"hosts in availability zone {zone}")
    if zone != site.conf.default_availability_zone:
        raise no_valid_host(f"There are no hosts in availability zone {zone}.")
    others = [found.uuid for found in site.aggregates if _zone(found)]
    return outside(others, f"hosts in availability zone {zone}") if others else None


def _zone(aggregate: Aggregate) -> str | None:
    return aggregate.metadata.get("availability_zone")
