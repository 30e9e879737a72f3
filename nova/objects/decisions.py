"""Why a server went where it went: what the scheduler found out about each host.

Written by the scheduler, read by the API and by nova-manage; plain values, because
they never travel on the bus.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CREATE, MOVE, REBUILD = "create", "move", "rebuild"


@dataclass(frozen=True)
class Refused:
    """Hosts that failed the same check for the same reason.

    `hosts` are (host, node), `free` what each had of what was asked.
    """

    check: str
    reason: str
    asked: Any
    hosts: Sequence[tuple[str, str]]
    free: Sequence[Any]


@dataclass(frozen=True)
class Ranked:
    """Hosts that would have done, in any order.

    `parts` maps each weigher that had a say to what it put into each host's score.
    `names` are the hosts as a writer may have packed them before.
    """

    hosts: Sequence[tuple[str, str]] = ()
    parts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    names: bytes | None = None

    def foremost(self) -> list[tuple[float, int]]:
        """(score, place in `hosts`), the best first."""
        columns = self.parts.values()
        scores = [sum(column[place] for column in columns) for place in range(len(self.hosts))]
        return sorted(((score, place) for place, score in enumerate(scores)),
                      key=lambda one: (-one[0], one[1]))


@dataclass(frozen=True)
class Findings:
    """`asked` are the amounts by resource class.  `causes` say what in placement left no host:
    [{'cause', 'asked', 'hosts': how many have it}].  `omitted` hosts would have done, too,
    but are not told of; `policy` names the scheduling policy, if there are several."""

    asked: Mapping[str, int] = field(default_factory=dict)
    refused: Sequence[Refused] = ()
    ranked: Ranked = field(default_factory=Ranked)
    causes: Sequence[Mapping[str, Any]] = ()
    omitted: int = 0

    def verdicts(self) -> Iterator[dict[str, Any]]:
        """A dict for each host: first those that would do, then the refused ones."""
        for score, place in self.ranked.foremost():
            host, node = self.ranked.hosts[place]
            parts = {name: round(values[place], 6) for name, values in self.ranked.parts.items()}
            yield {"host": host, "node": node, "result": "fits",
                   "score": round(score, 6), "weights": parts}
        for group in self.refused:
            for (host, node), free in zip(group.hosts, group.free, strict=True):
                yield {"host": host, "node": node, "result": "refused", "check": group.check,
                       "reason": group.reason, "asked": group.asked, "free": free}


@dataclass(frozen=True)
class Decision:
    """One decision about one server.  `host` None: there was no place, and `reason` says so
    in a sentence that any user may read.  `seconds` is how long it took."""

    instance_uuid: str
    at: datetime
    kind: str = CREATE
    request_id: str | None = None
    host: str | None = None
    node: str | None = None
    reason: str | None = None
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)
