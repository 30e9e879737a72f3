"""Metrics that hosts report, each with a ratio."""

from oslo_config import cfg

from nova.scheduler.errors import no_valid_host
from nova.scheduler.field import Field, Numbers, numbers
from nova.scheduler.hosts import HostState
from nova.scheduler.ratios import ratios
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class MetricsWeigher(Weigher):
    group = "metrics"
    option = "weight_multiplier"
    key = "metrics_weight_multiplier"

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self.ratios = ratios(conf.metrics.weight_setting)

    def raw(self, request: Request, field: Field) -> Numbers | None:
        if not self.ratios:
            return None
        return numbers([self._weight(host) for host in field.hosts])

    def _weight(self, host: HostState) -> float:
        missing = sorted(self.ratios.keys() - host.metrics.keys())
        if not missing:
            return sum(host.metrics[name] * ratio for name, ratio in self.ratios.items())
        if self.conf.metrics.required:
            raise no_valid_host(f"Host {host.host} does not report metric {missing[0]}.")
        return float(self.conf.metrics.weight_of_unavailable)
