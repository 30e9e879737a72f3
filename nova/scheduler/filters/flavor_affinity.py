"""Aggregates that take only some flavors."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

KEY = "instance_type"


class AggregateTypeAffinityFilter(Filter):
    looks_at = "metadata"

    def check(self, request: Request) -> Check | None:
        name = request.flavor.name

        def check(host: HostState) -> Refusal | None:
            if KEY not in host.metadata or name in host.values(KEY):
                return None
            return Refusal("it is kept for other flavors", asked=name,
                           free=", ".join(sorted(host.values(KEY))))

        return check
