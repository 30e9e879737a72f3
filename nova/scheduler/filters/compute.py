"""The compute service must be enabled and alive."""

from datetime import timedelta

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

DISABLED = Refusal("the compute service is disabled")
FORCED_DOWN = Refusal("the compute service is forced down")


class ComputeFilter(Filter):
    def check(self, request: Request) -> Check | None:
        patience = self.conf.service_down_time
        oldest = request.now - timedelta(seconds=patience)

        def check(host: HostState) -> Refusal | None:
            service = host.service
            if service.disabled:
                return DISABLED
            if service.forced_down:
                return FORCED_DOWN
            if service.seen is None or service.seen < oldest:
                return _silent(patience, host)
            return None

        return check


def _silent(patience: int, host: HostState) -> Refusal:
    seen = host.service.seen
    return Refusal(
        "the compute service has not reported",
        asked=f"a report in the last {patience} seconds",
        free=None if seen is None else seen.isoformat(),
    )
