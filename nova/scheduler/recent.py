"""Answers of placement that serve further requests of the same kind for a moment.

What was chosen from an answer meanwhile is counted; whether there is room is found out by
the claim, and nobody is refused because of an old answer (see decision.py).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from nova.clients.placement.contract import AllocationRequest, CandidateQuery
from nova.core.clock import Clock, Event
from nova.scheduler.asking.query import amounts_of
from nova.scheduler.candidates import Offer
from nova.scheduler.field import Field, Indices
from nova.scheduler.table import Table

# Kinds of requests remembered at once.
KINDS = 64


@dataclass
class Asked:
    """What placement was asked for, and its answer turned to hosts.

    `fresh`: the answer is younger than the question it now serves.  `taken` are the ways
    that servers went since.
    """

    query: CandidateQuery
    offer: Offer
    fresh: bool = True
    taken: dict[str, AllocationRequest] = field(default_factory=dict)
    _rows: tuple[Table, Indices] | None = None

    @property
    def amounts(self) -> dict[str, int]:
        return amounts_of(self.query)

    def field(self, table: Table) -> Field:
        """The hosts of the answer as they are now."""
        if self._rows is None or self._rows[0] is not table:
            self._rows = table, table.rows(self.offer.ways)
        return table.field(self._rows[1])

    def again(self) -> "Asked":
        """The same answer for a later question; places taken are counted together."""
        return Asked(self.query, self.offer, False, self.taken, self._rows)


class RecentAnswers:
    """Thread safe.  `seconds` 0: every request asks anew."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._seconds, self._lock = clock, seconds, clock.lock()
        self._kept: OrderedDict[Hashable, tuple[float, Asked]] = OrderedDict()
        self._asking: dict[Hashable, Event] = {}
        # Kinds of which an answer could not be kept: nobody waits for the next one.
        self._single: set[Hashable] = set()

    def answer(self, query: CandidateQuery, ask: Callable[[], Asked]) -> Asked:
        """That of a moment ago, or what `ask` finds out now.

        Of those who need to know the same, one asks: meanwhile the others go on with the
        answer there was for as long again, and if there is none they wait for it.
        """
        kind = _kind(query)
        if not self._seconds or kind in self._single:
            return self._asked(ask)
        known, asked_by_another = self._known_or_turn(kind)
        if asked_by_another is not None:
            asked_by_another.wait()
            known = self._find(kind, self._seconds)
        if known is not None:
            return known
        return self._asked(ask) if asked_by_another is not None else self._ask(kind, ask)

    def keep(self, asked: Asked) -> None:
        """Answers about more than whole hosts are not kept: what is left is not counted simply."""
        kind = _kind(asked.query)
        with self._lock:
            self._kept.pop(kind, None)
            self._single.discard(kind)
            if not self._seconds:
                return
            if len(asked.query.groups) > 1 or not _plain(asked.offer):
                self._single.add(kind)
            else:
                self._kept[kind] = self._clock.monotonic(), asked
            self._trim()

    def forget(self) -> None:
        """Something changed that every request should see."""
        with self._lock:
            self._kept.clear()
            self._single.clear()

    def _trim(self) -> None:
        while len(self._kept) > KINDS:
            self._kept.popitem(last=False)
        while len(self._single) > KINDS:
            self._single.pop()

    def _known_or_turn(self, kind: Hashable) -> tuple[Asked | None, Event | None]:
        """What is known, or whom to wait for; neither: it is the caller's turn to ask."""
        with self._lock:
            asking = self._asking.get(kind)
            known = self._find(kind, self._seconds * (1 if asking is None else 2))
            if known is None and asking is None:
                self._asking[kind] = self._clock.event()
            return known, None if known is not None else asking

    def _ask(self, kind: Hashable, ask: Callable[[], Asked]) -> Asked:
        try:
            return self._asked(ask)
        finally:
            with self._lock:
                self._asking.pop(kind).set()

    def _asked(self, ask: Callable[[], Asked]) -> Asked:
        asked = ask()
        self.keep(asked)
        return asked

    def _find(self, kind: Hashable, age: float) -> Asked | None:
        at, asked = self._kept.get(kind, (0.0, None))
        if asked is None or self._clock.monotonic() - at > age:
            return None
        return asked.again()


def _plain(offer: Offer) -> bool:
    """Whether every way takes of one provider alone, which is its node."""
    return all(
        len(ways) == 1 and node in ways[0].resources and len(ways[0].resources) == 1
        for node, ways in offer.ways.items()
    )


def _kind(query: CandidateQuery) -> Hashable:
    groups = tuple(
        (one.suffix, frozenset(one.resources.items()), one.required, one.forbidden, one.any_of,
         one.member_of, one.not_member_of, one.in_tree)
        for one in query.groups
    )
    return (groups, query.group_policy, query.limit, query.root_required, query.root_forbidden,
            query.same_subtree)
