"""What would be decided: plans that nobody carries out.

The same code as a decision's, without its claims, so that the answers are those
of the real call in the same state.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nova.clients.placement.contract import AllocationRequest
from nova.context import RequestContext
from nova.objects.cloud import RequestSpec, Selection
from nova.scheduler.decision import Decisions
from nova.scheduler.errors import NoValidHost, no_valid_host
from nova.scheduler.explain import gaps
from nova.scheduler.field import Field
from nova.scheduler.hosts import HostState
from nova.scheduler.pipeline import NOWHERE, NoCandidate
from nova.scheduler.plan import Impossible, Place, Placing, Plan
from nova.scheduler.request import Request
from nova.scheduler.selection import selection


@dataclass
class Trial:
    """Servers that are placed one after the other, each after those before it.

    `leaving` are hosts whose servers have to go: nobody is placed there, and who is there
    now binds no group to it.
    """

    decisions: Decisions
    leaving: frozenset[str] = frozenset()
    taken: list[AllocationRequest] = field(default_factory=list)
    states: dict[str, HostState] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What would be drawn next is left to be drawn.
        self._rng = random.Random()
        self._rng.setstate(self.decisions.rng.getstate())

    def place_all(self, context: RequestContext, specs: Sequence[RequestSpec]) -> list[Selection]:
        """Specs that are alike, all or none.  Raises NoValidHost."""
        requests = self._read(specs)
        plan = self._plan(context, requests[0])
        return [_told(one) for one in self._placed(plan, requests)]

    def place_each(
        self, context: RequestContext, specs: Sequence[RequestSpec]
    ) -> dict[str, Selection | NoValidHost]:
        """As many as can be; by server, its place or why it has none."""
        requests = self._read(specs)
        try:
            plan = self._plan(context, requests[0])
        except NoValidHost as refusal:
            return {request.server: refusal for request in requests}
        return {request.server: self._tried(plan, request) for request in requests}

    def fill(
        self, context: RequestContext, specs: Iterable[RequestSpec]
    ) -> tuple[dict[str, int], NoValidHost | None]:
        """How many fit on each host, until one fits nowhere: (counts, why it did not)."""
        counts: Counter[str] = Counter()
        plan: Plan | None = None
        for spec in specs:
            [request] = self._read([spec])
            try:
                plan = plan or self._plan(context, request)
                [placing] = self._placed(plan, [request])
                counts[placing.chosen.host.host] += 1
            except NoValidHost as refusal:
                return dict(counts), refusal
        return dict(counts), None

    def _tried(self, plan: Plan, request: Request) -> Selection | NoValidHost:
        try:
            return _told(self._placed(plan, [request])[0])
        except NoValidHost as refusal:
            return refusal

    def _read(self, specs: Sequence[RequestSpec]) -> list[Request]:
        requests = self.decisions.intake.read(specs)
        requests = self.decisions.intake.with_recent(requests)
        return [self._without_leaving(one).beside(self.placed) for one in requests]

    def _without_leaving(self, request: Request) -> Request:
        group = request.group
        if group is None or not self.leaving:
            return request
        members = {one: host for one, host in group.members.items() if host not in self.leaving}
        return replace(request, group=replace(group, members=members, leaving={}))

    def _plan(self, context: RequestContext, request: Request) -> Plan:
        decisions = self.decisions
        try:
            asked = decisions.pipeline.ask(context, request, anew=True)
        except NoCandidate as none:
            raise none.refusal from none
        plan = Plan(decisions.judges, asked.offer, self._rng, taken=tuple(self.taken))
        hosts = asked.field(decisions.snapshot.table)
        if self.states:
            hosts = Field([self.states.get(host.uuid, host) for host in hosts.hosts])
        plan.sift(request, hosts)
        return plan

    def _placed(self, plan: Plan, requests: Sequence[Request]) -> list[Placing]:
        try:
            placings = plan.place_all(requests, 0)
        except Impossible as impossible:
            raise no_valid_host(NOWHERE, gaps(impossible.verdicts)) from impossible
        for placing, request in zip(placings, requests, strict=True):
            self._note(placing.chosen, request)
        return placings

    def _note(self, place: Place, request: Request) -> None:
        self.taken.append(place.way)
        state = self.states.get(place.host.uuid, place.host)
        self.states[place.host.uuid] = state.after(request.taken.by(place.way))
        self.placed[request.server] = place.host.host


def _told(placing: Placing) -> Selection:
    return selection(placing.chosen.host, None, {})


def shown(found: Selection) -> dict[str, Any]:
    """A place as it is answered."""
    return {
        "host": found.host, "node": found.node, "cell": found.cell_uuid,
        "availability_zone": found.availability_zone,
    }


def reasons(refusal: NoValidHost) -> dict[str, Any]:
    return {"reason": refusal.gaps["reason"], "hosts": refusal.explanations}
