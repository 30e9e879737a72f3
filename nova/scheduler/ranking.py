"""The order of the hosts that will do: every weigher's scale, multiplied and summed."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nova.scheduler.field import Field, Numbers
from nova.scheduler.request import Request
from nova.scheduler.weighers import Weigher


@dataclass(frozen=True)
class Weighed:
    """A score for each host, and what each weigher with a say put in."""

    field: Field
    scores: Numbers
    parts: list[tuple[str, Numbers]]

    def foremost(self, count: int) -> list[int]:
        """Indices of the best `count`, best first; of equals the one that comes first."""
        some = self._best(count)
        return [int(index) for index in some[np.argsort(-self.scores[some], kind="stable")]]

    def _best(self, count: int) -> npt.NDArray[np.intp]:
        """Indices of the best `count` in the order of the hosts."""
        scores = self.scores
        if count >= scores.size:
            return np.arange(scores.size)
        last = np.partition(scores, scores.size - count)[scores.size - count]
        better = np.flatnonzero(scores > last)
        equal = np.flatnonzero(scores == last)[: count - better.size]
        return np.sort(np.concatenate((better, equal)))


def weigh(weighers: Iterable[Weigher], request: Request, field: Field) -> Weighed:
    """A single host needs no weighing and gets 0."""
    parts: list[tuple[str, Numbers]] = []
    total = np.zeros(len(field))
    if len(field) > 1:
        for weigher in weighers:
            part = _part(weigher, request, field)
            if part is not None:
                parts.append((weigher.name, part))
                total += part
    return Weighed(field, total, parts)


def _part(weigher: Weigher, request: Request, field: Field) -> Numbers | None:
    """What one weigher adds to each score; None when it prefers none of the hosts."""
    if not (weigher.multiplier or weigher.per_host or field.in_aggregates):
        return None
    raw = weigher.raw(request, field)
    if raw is None:
        return None
    low, high = weigher.ends()
    if low is not None or high is not None:
        raw = np.clip(raw, low, high)
    low = float(raw.min()) if low is None else low
    width = (float(raw.max()) if high is None else high) - low
    if width <= 0:
        return None
    part: Numbers = (raw - low) * (weigher.factors(field) / width)
    return part


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
    equals = [int(index) for index in np.flatnonzero(weighed.scores == best)]
    rng.shuffle(equals)
    return [*equals, *(index for index in ahead if weighed.scores[index] != best)]
