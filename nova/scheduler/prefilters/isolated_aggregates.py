"""Aggregates that demand traits take only servers that ask for those traits."""

from nova.objects.cloud import Aggregate
from nova.scheduler.asking.narrowing import Narrowing, outside
from nova.scheduler.asking.query import required_traits
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request


def isolate_aggregates(request: Request, site: Site) -> Narrowing | None:
    if not site.conf.scheduler.enable_isolated_aggregate_filtering:
        return None
    asked = required_traits(request)
    closed = [found.uuid for found in site.aggregates if demanded(found) - asked]
    return outside(closed, "hosts not kept for other traits") if closed else None


def demanded(aggregate: Aggregate) -> frozenset[str]:
    return frozenset(
        key.removeprefix("trait:") for key, value in aggregate.metadata.items()
        if key.startswith("trait:") and value == "required"
    )
