"""The order of the hosts that will do: every weigher's scale, multiplied and summed."""

import heapq
import operator
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nova.scheduler.explain import Scored
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers import Weigher


@dataclass(frozen=True)
class Weighed:
    """A score for each host, and what each weigher with a say put in."""

    hosts: Sequence[HostState]
    scores: list[float]
    parts: list[tuple[str, list[float]]]

    def scored(self, index: int) -> Scored:
        parts = {name: part[index] for name, part in self.parts}
        return Scored(self.hosts[index], self.scores[index], parts)

    def foremost(self, count: int) -> list[int]:
        """Indices of the best `count`, best first; equals keep the order of the hosts."""
        return heapq.nlargest(count, range(len(self.scores)), key=self.scores.__getitem__)


def weigh(weighers: Iterable[Weigher], request: Request, hosts: Sequence[HostState]) -> Weighed:
    """A single host needs no weighing and gets 0."""
    total = [0.0] * len(hosts)
    parts: list[tuple[str, list[float]]] = []
    if len(hosts) > 1:
        overridden = any(host.metadata for host in hosts)
        for weigher in weighers:
            part = _part(weigher, request, hosts, overridden=overridden)
            if part is not None:
                parts.append((weigher.name, part))
                total = list(map(operator.add, total, part))
    return Weighed(hosts, total, parts)


def _part(
    weigher: Weigher, request: Request, hosts: Sequence[HostState], *, overridden: bool
) -> list[float] | None:
    """What one weigher adds to each score; None when it prefers none of the hosts."""
    if not weigher.multiplier and not overridden:
        return None
    raw = weigher.raw(request, hosts)
    if raw is None:
        return None
    low, high = weigher.ends()
    raw = _clamped(raw, low, high)
    low = min(raw) if low is None else low
    width = (max(raw) if high is None else high) - low
    if width <= 0:
        return None
    if overridden or weigher.per_host:
        pairs = zip(raw, weigher.factors(hosts), strict=True)
        return [factor * (value - low) / width for value, factor in pairs]
    step = weigher.sign * weigher.multiplier / width
    return [step * (value - low) for value in raw]


def _clamped(raw: Sequence[float], low: float | None, high: float | None) -> Sequence[float]:
    if low is not None and min(raw) < low:
        raw = [max(value, low) for value in raw]
    if high is not None and max(raw) > high:
        raw = [min(value, high) for value in raw]
    return raw


@dataclass(frozen=True)
class Choice:
    """`subset`: pick at random among this many best; `shuffle`: among all that are equally best."""

    subset: int = 1
    shuffle: bool = False

    def order(self, weighed: Weighed, count: int, rng: random.Random) -> list[int]:
        """The chosen host first, then the next best, `count` or more in all (if there are)."""
        ahead = weighed.foremost(max(count, self.subset))
        if self.shuffle:
            ahead = _equals_shuffled(weighed, ahead, rng)
        if self.subset > 1:
            ahead.insert(0, ahead.pop(rng.randrange(min(self.subset, len(ahead)))))
        return ahead


def _equals_shuffled(weighed: Weighed, ahead: list[int], rng: random.Random) -> list[int]:
    best = weighed.scores[ahead[0]]
    equals = [index for index, score in enumerate(weighed.scores) if score == best]
    rng.shuffle(equals)
    return [*equals, *(index for index in ahead if weighed.scores[index] != best)]
