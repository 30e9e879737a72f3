"""Answers of placement that serve further requests of the same kind for a moment.

What was chosen from an answer meanwhile is counted; whether there is room is found out by
the claim, and nobody is refused because of an old answer (see decision.py).
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from nova.clients.placement.contract import AllocationRequest, CandidateQuery
from nova.core.clock import Clock
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
    """`seconds` 0: every request asks anew."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self._kept: OrderedDict[Hashable, tuple[float, Asked]] = OrderedDict()

    def find(self, query: CandidateQuery) -> Asked | None:
        at, asked = self._kept.get(_kind(query), (0.0, None))
        if asked is None or self._clock.monotonic() - at > self._seconds:
            return None
        return asked.again()

    def keep(self, asked: Asked) -> None:
        """Answers about more than whole hosts are not kept: what is left is not counted simply."""
        if not self._seconds or len(asked.query.groups) > 1 or not _plain(asked.offer):
            return
        self._kept.pop(_kind(asked.query), None)
        self._kept[_kind(asked.query)] = self._clock.monotonic(), asked
        while len(self._kept) > KINDS:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Something changed that every request should see."""
        self._kept.clear()


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
