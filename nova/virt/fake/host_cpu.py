"""Processors that are as busy as a test wants them to be."""

from dataclasses import replace

from nova.core.clock import Clock
from nova.virt.contract.host_cpu import CpuTimes

# A host that has been up for a while, and mostly idle.
AT_FIRST = CpuTimes(
    kernel=5_664_160_000_000,
    user=26_728_850_000_000,
    idle=1_592_705_190_000_000,
    iowait=6_121_490_000_000,
    frequency_mhz=800,
)
NS = 1_000_000_000


class FakeHostCpu:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counted = AT_FIRST
        self._at = clock.monotonic()
        self._busy = 0.0

    def spend(self, share: float) -> None:
        """From now on this share of the time, 0 to 1, goes to guests."""
        self._counted, self._at, self._busy = self.times(), self._clock.monotonic(), share

    def times(self) -> CpuTimes:
        passed = int((self._clock.monotonic() - self._at) * NS)
        used = int(passed * self._busy)
        before = self._counted
        return replace(before, user=before.user + used, idle=before.idle + passed - used)
