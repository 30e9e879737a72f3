"""Why: what was found out about each host, kept for those who ask.

Every decision leaves a record, also one that found nothing.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nova.scheduler.filters import Refusal
from nova.scheduler.hosts import HostState

# Records kept in memory, and hosts named in one error.
KEPT = 1000
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
            "asked": _plain(self.refusal.asked),
            "free": _plain(self.refusal.free),
        }


@dataclass(frozen=True, slots=True)
class Scored:
    """How a host that would do was weighed: {weigher: its part}."""

    host: HostState
    score: float
    parts: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        return {"host": self.host.host, "node": self.host.nodename, "score": round(self.score, 6),
                "parts": {name: round(part, 6) for name, part in self.parts.items()}}


@dataclass(frozen=True)
class Record:
    """One decision.  `chosen` None: there was no place.  `best` are the foremost hosts."""

    server: str
    at: datetime
    request_id: str
    asked: Mapping[str, int]
    chosen: HostState | None = None
    best: Sequence[Scored] = ()
    verdicts: Sequence[Verdict] = ()
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "server": self.server,
            "at": self.at.isoformat(),
            "request_id": self.request_id,
            "asked": dict(self.asked),
            "host": self.chosen.host if self.chosen else None,
            "node": self.chosen.nodename if self.chosen else None,
            "best": [scored.as_dict() for scored in self.best],
            "refused": [verdict.as_dict() for verdict in self.verdicts[:NAMED]],
            "reason": self.reason,
        }


@dataclass
class Records:
    """The last record of each of the latest servers."""

    size: int = KEPT
    _by_server: "OrderedDict[str, Record]" = field(default_factory=OrderedDict)

    def keep(self, record: Record) -> None:
        self._by_server.pop(record.server, None)
        self._by_server[record.server] = record
        while len(self._by_server) > self.size:
            self._by_server.popitem(last=False)

    def of(self, server: str) -> Record | None:
        return self._by_server.get(server)


def gaps(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as they travel in an error: the first ones, and how many hosts failed each check."""
    named = [verdict.as_dict() for verdict in verdicts[:NAMED]]
    for check, count in Counter(v.check for v in verdicts[NAMED:]).items():
        named.append({"host": None, "node": None, "check": check, "asked": None, "free": None,
                      "reason": f"{count} more hosts failed this check"})
    return named


def shortfalls(hosts: Iterable[HostState], asked: Mapping[str, int]) -> list[Verdict]:
    """Why placement named none of these hosts, as far as their rows tell."""
    return [Verdict(host, PLACEMENT, shortfall(host, asked)) for host in hosts]


def shortfall(host: HostState, asked: Mapping[str, int]) -> Refusal:
    """The first class of which it has too little; else it must be traits, aggregates or others.

    One server cannot have more than the whole host, whatever the ratio.
    """
    for name, free in FREE.items():
        amount, have = asked.get(name, 0), int(free(host))
        if amount > have:
            return Refusal(f"not enough {name}", amount, have)
        if amount > TOTAL[name](host):
            return Refusal(f"not enough {name} in all", amount, int(TOTAL[name](host)))
    return Refusal("traits, aggregates or other resources do not fit", dict(asked))


def _plain(value: Any) -> Any:
    """A JSON value."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
