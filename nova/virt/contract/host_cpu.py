"""How the processors of a host spent their time."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class CpuTimes:
    """Nanoseconds since the host started, of all its processors together; `frequency_mhz`
    is what they run at now."""

    kernel: int
    user: int
    idle: int
    iowait: int
    frequency_mhz: int

    @property
    def total(self) -> int:
        return self.kernel + self.user + self.idle + self.iowait


class HostCpu(Protocol):
    def times(self) -> CpuTimes:
        """Cheap enough for every audit."""
