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
        self._changes = 0
        # Kinds of which an answer could not be kept: nobody waits for the next one.
        self._single: set[Hashable] = set()

    def answer(self, query: CandidateQuery, ask: Callable[[], Asked]) -> Asked:
        """That of a moment ago, or what `ask` finds out now.

        Of those who need to know the same, one asks: meanwhile the others go on with the
        answer there was for as long again, and if there is none they wait for it.
        """
        kind, turn = _kind(query), self._clock.event()
        if not self._seconds or kind in self._single:
            return self.anew(ask)
        known, asking = self._known_or_asking(kind, turn)
        if known is None and asking is not turn:
            asking.wait()
            known = self._find(kind, self._seconds)
        if known is not None:
            return known
        return self._in_turn(kind, turn, ask) if asking is turn else self.anew(ask)

    def anew(self, ask: Callable[[], Asked]) -> Asked:
        """What `ask` finds out now, kept for others unless something changed meanwhile."""
        begun = self._changes
        asked = ask()
        with self._lock:
            if begun == self._changes:
                self._keep(asked)
        return asked

    def forget(self) -> None:
        """Something changed that every request should see; searches that are under way may
        not have."""
        with self._lock:
            self._changes += 1
            self._kept.clear()
            self._single.clear()
            self._asking.clear()

    def _known_or_asking(self, kind: Hashable, turn: Event) -> tuple[Asked | None, Event]:
        """What is known, and who asks: `turn` when that is the caller."""
        with self._lock:
            known = self._find(kind, self._seconds * (2 if kind in self._asking else 1))
            asking = turn if known is not None else self._asking.setdefault(kind, turn)
            return known, asking

    def _in_turn(self, kind: Hashable, turn: Event, ask: Callable[[], Asked]) -> Asked:
        try:
            return self.anew(ask)
        finally:
            with self._lock:
                if self._asking.get(kind) is turn:
                    del self._asking[kind]
            turn.set()

    def _keep(self, asked: Asked) -> None:
        """Answers about more than whole hosts are not kept: what is left is not counted simply."""
        kind = _kind(asked.query)
        self._kept.pop(kind, None)
        self._single.discard(kind)
        if not self._seconds:
            return
        if len(asked.query.groups) > 1 or not _plain(asked.offer):
            self._single.add(kind)
        else:
            self._kept[kind] = self._clock.monotonic(), asked
        while len(self._kept) > KINDS:
            self._kept.popitem(last=False)
        while len(self._single) > KINDS:
            self._single.pop()

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
