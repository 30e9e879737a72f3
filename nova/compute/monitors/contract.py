"""What a monitor is.

An installed package brings one as an entry point in the group
`nova.compute.monitors.KIND`; the operator enables it as KIND.NAME in
[DEFAULT]compute_monitors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PERCENT = ".percent"
CPU_METRICS = frozenset({
    "cpu.frequency", "cpu.user.time", "cpu.kernel.time", "cpu.idle.time", "cpu.iowait.time",
    "cpu.user.percent", "cpu.kernel.percent", "cpu.idle.percent", "cpu.iowait.percent",
    "cpu.percent",
})
METRICS = CPU_METRICS | {"numa.membw.max", "numa.membw.current"}


@dataclass(frozen=True)
class MonitorMetric:
    """One number.  Times are nanoseconds, frequencies MHz, percents whole ones from 0 to 100.
    Bandwidths of memory have no `value` but one for each memory node."""

    name: str
    value: int | None = None
    timestamp: datetime | None = None
    source: str | None = None
    numa_membw_values: Mapping[str, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As compute_nodes.metrics has it: percents there are shares of 1."""
        found: dict[str, Any] = {
            "name": self.name,
            "timestamp": _written(self.timestamp),
            "source": self.source,
        }
        if self.value is not None:
            share = self.name.endswith(PERCENT)
            found["value"] = self.value / 100.0 if share else self.value
        elif self.numa_membw_values is not None:
            found["numa_membw_values"] = dict(self.numa_membw_values)
        return found


@dataclass
class MonitorMetricList:
    objects: list[MonitorMetric] = field(default_factory=list)

    def to_list(self) -> list[dict[str, Any]]:
        return [one.to_dict() for one in self.objects]


class MonitorBase:
    """`compute_manager` is what a host can reach (nova.seams.HostSeams): its driver, its
    configuration, its clock."""

    def __init__(self, compute_manager: Any) -> None:
        self.compute_manager = compute_manager
        self.source: str | None = None

    def get_metric_names(self) -> set[str]:
        raise NotImplementedError

    def populate_metrics(self, metric_list: MonitorMetricList) -> None:
        """Add a MonitorMetric to `metric_list.objects` for each name.

        Called at every audit; what it raises is logged, and its metrics are absent.
        """
        raise NotImplementedError


class CPUMonitorBase(MonitorBase):
    def get_metric_names(self) -> set[str]:
        return set(CPU_METRICS)


def _written(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
