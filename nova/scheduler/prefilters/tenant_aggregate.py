"""Projects that have aggregates of their own stay in them."""

from nova.scheduler.asking.narrowing import Narrowing, inside
from nova.scheduler.errors import no_valid_host
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request

PREFIX = "filter_tenant_id"


def require_tenant_aggregate(request: Request, site: Site) -> Narrowing | None:
    options = site.conf.scheduler
    if not options.limit_tenants_to_placement_aggregate:
        return None
    own = [
        aggregate.uuid for aggregate in site.aggregates
        if any(key.startswith(PREFIX) and value == request.project_id
               for key, value in aggregate.metadata.items())
    ]
    if own:
        return inside(own, "hosts kept for the project")
    if options.placement_aggregate_required_for_tenants:
        raise no_valid_host("No hosts are kept for the project.")
    return None
