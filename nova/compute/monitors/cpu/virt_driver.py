"""What the hypervisor counts of its host's processors."""

from typing import Any

from nova.compute.monitors.contract import CPUMonitorBase, MonitorMetric, MonitorMetricList
from nova.errors import Unsupported
from nova.virt.contract.host_cpu import CpuTimes

NEVER = CpuTimes(0, 0, 0, 0, 0)


class Monitor(CPUMonitorBase):
    """Percents are of the time since the last look; those of the first one since the host
    started."""

    def __init__(self, compute_manager: Any) -> None:
        super().__init__(compute_manager)
        self.source = compute_manager.conf.compute_driver
        self._cpu = compute_manager.driver.host_cpu
        if self._cpu is None:
            raise Unsupported(
                reason=f"{compute_manager.driver.name} does not count what processors do"
            )
        self._before = NEVER

    def populate_metrics(self, metric_list: MonitorMetricList) -> None:
        now = self._cpu.times()
        moment = self.compute_manager.clock.now()
        for name, value in {**_times(now), **_percents(self._before, now)}.items():
            metric_list.objects.append(MonitorMetric(name, value, moment, self.source))
        self._before = now


def _times(now: CpuTimes) -> dict[str, int]:
    return {
        "cpu.frequency": now.frequency_mhz,
        "cpu.user.time": now.user,
        "cpu.kernel.time": now.kernel,
        "cpu.idle.time": now.idle,
        "cpu.iowait.time": now.iowait,
    }


def _percents(before: CpuTimes, now: CpuTimes) -> dict[str, int]:
    """cpu.percent is all that was not idle.  A host that started meanwhile counts from 0."""
    if now.total <= before.total:
        before = NEVER
    passed = max(now.total - before.total, 1)
    user, kernel = now.user - before.user, now.kernel - before.kernel
    idle, iowait = now.idle - before.idle, now.iowait - before.iowait
    shares = {"cpu.user.percent": user, "cpu.kernel.percent": kernel, "cpu.idle.percent": idle,
              "cpu.iowait.percent": iowait, "cpu.percent": user + kernel + iowait}
    return {name: 100 * spent // passed for name, spent in shares.items()}
