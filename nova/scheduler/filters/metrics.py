"""Hosts must report each metric that is weighed."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.ratios import ratios
from nova.scheduler.request import Request


class MetricsFilter(Filter):
    every_server = True

    def check(self, request: Request) -> Check | None:
        wanted = ratios(self.conf.metrics.weight_setting)

        def check(host: HostState) -> Refusal | None:
            missing = sorted(wanted.keys() - host.metrics.keys())
            return Refusal("it does not report metrics", ", ".join(missing)) if missing else None

        return check if wanted else None
