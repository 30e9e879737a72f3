"""The compute service must be enabled and alive."""

from datetime import timedelta

from nova.scheduler.filters.contract import Check, Filter, Refusal, Sieve
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

DISABLED = Refusal("the compute service is disabled")
FORCED_DOWN = Refusal("the compute service is forced down")


class ComputeFilter(Filter):
    def check(self, request: Request) -> Check | None:
        patience, oldest = self._oldest(request)

        def check(host: HostState) -> Refusal | None:
            if host.up_since >= oldest:
                return None
            if host.service.disabled:
                return DISABLED
            return FORCED_DOWN if host.service.forced_down else _silent(patience, host)

        return check

    def passing(self, request: Request, check: Check) -> Sieve | None:
        _patience, oldest = self._oldest(request)
        return lambda field: field.column("up_since") >= oldest

    def _oldest(self, request: Request) -> tuple[int, float]:
        """(seconds, timestamp) since when a service must have reported."""
        patience: int = self.conf.service_down_time
        grace = request.grace(timedelta(seconds=patience)).total_seconds()
        return patience, request.now.timestamp() - patience - grace


def _silent(patience: int, host: HostState) -> Refusal:
    seen = host.service.seen
    return Refusal(
        "the compute service has not reported",
        asked=f"a report in the last {patience} seconds",
        free=None if seen is None else seen.isoformat(),
    )
