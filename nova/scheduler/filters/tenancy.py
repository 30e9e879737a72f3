"""Aggregates that take only some projects."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

PREFIX = "filter_tenant_id"


class AggregateMultiTenancyIsolation(Filter):
    looks_at = "metadata"

    def check(self, request: Request) -> Check | None:
        project = request.project_id

        def check(host: HostState) -> Refusal | None:
            if not host.metadata:
                return None
            keys = [key for key in host.metadata if key.startswith(PREFIX)]
            allowed = {value for key in keys for value in host.values(key)}
            if not keys or project in allowed:
                return None
            return Refusal("it is kept for other projects", asked=project)

        return check
