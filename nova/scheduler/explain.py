"""Why: what was found out about each host, kept for those who ask.

Every decision leaves a record, also one that found nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nova.objects.decisions import CREATE
from nova.scheduler.filters import Refusal
from nova.scheduler.hosts import HostState

if TYPE_CHECKING:
    from nova.scheduler.ranking import Weighed

# Hosts named in one error.
NAMED = 50
PLACEMENT = "placement"


def _free_memory(host: HostState) -> float:
    return host.free_ram_mb + host.total_usable_ram_mb * (host.ram_allocation_ratio - 1)


def _free_disk(host: HostState) -> float:
    return host.free_disk_mb / 1024 + host.total_usable_disk_gb * (host.disk_allocation_ratio - 1)


# What a host has free of the classes that its own row tells.
FREE: dict[str, Callable[[HostState], float]] = {
    "VCPU": lambda host: host.free_vcpus,
    "MEMORY_MB": _free_memory,
    "DISK_GB": _free_disk,
}
TOTAL: dict[str, Callable[[HostState], float]] = {
    "VCPU": lambda host: host.vcpus_total,
    "MEMORY_MB": lambda host: host.total_usable_ram_mb,
    "DISK_GB": lambda host: host.total_usable_disk_gb,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first check that a host failed."""

    host: HostState
    check: str
    refusal: Refusal

    def as_dict(self) -> dict[str, Any]:
        return {
            "host": self.host.host,
            "node": self.host.nodename,
            "check": self.check,
            "reason": self.refusal.reason,
            "asked": plain(self.refusal.asked),
            "free": plain(self.refusal.free),
        }


@dataclass(frozen=True)
class Record:
    """One decision.  `chosen` None: there was no place, and `reason` says so.  `weighed`
    are the hosts that would have done, `causes` what in placement left no host."""

    server: str
    at: datetime
    request_id: str
    asked: Mapping[str, int]
    kind: str = CREATE
    chosen: HostState | None = None
    weighed: "Weighed | None" = None
    verdicts: Sequence[Verdict] = ()
    causes: Sequence[Mapping[str, Any]] = ()
    reason: str = ""
    seconds: float = 0.0


def gaps(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as they travel in an error: the first ones, and how many hosts failed each check."""
    named = [verdict.as_dict() for verdict in verdicts[:NAMED]]
    for check, count in Counter(v.check for v in verdicts[NAMED:]).items():
        named.append({"host": None, "node": None, "check": check, "asked": None, "free": None,
                      "reason": f"{count} more hosts failed this check"})
    return named


def plain(value: Any) -> Any:
    """A JSON value."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
