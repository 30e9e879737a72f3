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
    """Hosts that would have done, foremost first.

    `parts` maps each weigher that had a say to what it put into each host's score.
    """

    hosts: Sequence[tuple[str, str]] = ()
    scores: Sequence[float] = ()
    parts: Mapping[str, Sequence[float]] = field(default_factory=dict)


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
        for place, (host, node) in enumerate(self.ranked.hosts):
            parts = {name: round(values[place], 6) for name, values in self.ranked.parts.items()}
            yield {"host": host, "node": node, "result": "fits",
                   "score": round(self.ranked.scores[place], 6), "weights": parts}
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
