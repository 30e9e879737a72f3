"""What hosts measure besides what they have; see `contract` for how to bring your own."""

from nova.compute.monitors.contract import (
    CPUMonitorBase,
    MonitorBase,
    MonitorMetric,
    MonitorMetricList,
)

__all__ = ["CPUMonitorBase", "MonitorBase", "MonitorMetric", "MonitorMetricList"]
