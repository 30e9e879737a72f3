"""One decision: read, ask, plan, claim; again with the next host when a claim is refused."""

import logging
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nova.context import RequestContext
from nova.core.clock import Clock
from nova.objects.cloud import RequestSpec, Selection
from nova.scheduler.claims import Claims
from nova.scheduler.errors import NoValidHost, no_valid_host
from nova.scheduler.explain import Record, Verdict, gaps
from nova.scheduler.intake import Intake
from nova.scheduler.journal import Journal
from nova.scheduler.judges import Judging
from nova.scheduler.pipeline import NOWHERE, NoCandidate, Pipeline
from nova.scheduler.plan import Impossible, Placing, Plan
from nova.scheduler.recent import Asked
from nova.scheduler.request import Request
from nova.scheduler.snapshot import Snapshot
from nova.scheduler.staying import stay, where_it_is
from nova.scheduler.whereabouts import Whereabouts

LOG = logging.getLogger(__name__)
# How often rivals may be faster.
TRIES = 20


class Rivalled(Exception):
    """Another scheduler placed members of the same group meanwhile."""


class Outdated(Exception):
    """What placement answered a moment ago is not good enough."""


@dataclass
class NotPlaced(Exception):
    """A refusal, and the records of it: who has no better idea keeps them, and raises it."""

    refusal: NoValidHost
    records: Sequence[Record]


@dataclass
class Decisions:
    """Thread safe: only planning is exclusive, so that concurrent requests see each other's
    places; asking and claiming run side by side."""

    clock: Clock
    snapshot: Snapshot
    whereabouts: Whereabouts
    intake: Intake
    pipeline: Pipeline
    judges: Judging
    claims: Claims
    journal: Journal
    rng: random.Random

    def __post_init__(self) -> None:
        self._planning = self.clock.lock()
        # Whose answers the places of servers on their way were taken from.
        self._offers: dict[str, Asked] = {}

    def decide(
        self, context: RequestContext, specs: Sequence[RequestSpec], alternates: int
    ) -> list[Placing]:
        """Places, claimed, for specs that are alike.  All or none: raises NotPlaced."""
        for _ in range(TRIES):
            try:
                return self._decided(context, specs, alternates)
            except Rivalled:
                LOG.info("Others placed servers of group %s meanwhile", specs[0].group)
        requests = self.intake.read(specs)
        refusal = no_valid_host("The server group changed again and again.")
        records = self._records(context, requests, {}, (), reason=refusal.gaps["reason"])
        raise NotPlaced(refusal, records)

    def _decided(
        self, context: RequestContext, specs: Sequence[RequestSpec], alternates: int
    ) -> list[Placing]:
        requests = self.intake.read(specs)
        asked = self._asked(context, requests, anew=len(requests) > 1)
        try:
            placings = self._settled(context, requests, asked, alternates)
        except Outdated:
            asked = self._asked(context, requests, anew=True)
            placings = self._settled(context, requests, asked, alternates)
        for placing in placings:
            self._offers.pop(placing.request.server, None)
            self._note_placing(context, placing, asked)
        return placings

    def _settled(
        self, context: RequestContext, requests: Sequence[Request], asked: Asked, alternates: int
    ) -> list[Placing]:
        """Planned and claimed.  Raises NotPlaced, or Outdated when the facts are too old to
        say so."""
        try:
            plan, placings = self._planned(requests, asked, alternates)
            return self._claimed(context, plan, placings, asked, alternates)
        except Impossible as impossible:
            if not asked.fresh:
                raise Outdated from impossible
            records = self._records(context, requests, asked.amounts, impossible.verdicts)
            LOG.info("No host for server %s; refused by %s", impossible.request.server,
                     dict(Counter(verdict.check for verdict in impossible.verdicts)))
            refusal = no_valid_host(NOWHERE, gaps(impossible.verdicts))
            raise NotPlaced(refusal, records) from impossible

    def stay(
        self, context: RequestContext, specs: Sequence[RequestSpec]
    ) -> dict[str, list[Selection]]:
        """For each server the host it is on, if that still does.  Raises NotPlaced."""
        found: dict[str, list[Selection]] = {}
        for request in self.intake.read(specs):
            host, verdicts = stay(request, self.pipeline, self.judges)
            if host is None:
                records = self._records(context, [request], {}, verdicts)
                raise NotPlaced(no_valid_host(NOWHERE, gaps(verdicts)), records)
            self.journal.keep(self._record(
                context, request, asked={}, chosen=host, verdicts=verdicts
            ))
            found[request.server] = where_it_is(host)
        return found

    def undo(self, context: RequestContext, placings: Sequence[Placing]) -> None:
        """Servers that were placed and claimed are not to go there after all."""
        self.claims.release(context, [placing.request.server for placing in placings])
        self._forget(placings)

    def _settle_group(self, placings: Sequence[Placing]) -> None:
        """Raises Rivalled."""
        if not self.intake.settle(placings):
            self._give_back(placings)
            raise Rivalled

    def _forget(self, placings: Sequence[Placing]) -> None:
        self._give_back(placings)
        self.intake.unsettle(placings)

    def _asked(
        self, context: RequestContext, requests: Sequence[Request], *, anew: bool
    ) -> Asked:
        try:
            return self.pipeline.ask(context, requests[0], anew=anew)
        except NoCandidate as none:
            records = self._records(context, requests, none.amounts, none.verdicts, none.causes)
            raise NotPlaced(none.refusal, records) from none
        except NoValidHost as nowhere:
            records = self._records(context, requests, {}, (), reason=nowhere.gaps["reason"])
            raise NotPlaced(nowhere, records) from nowhere

    def _planned(
        self, requests: Sequence[Request], asked: Asked, alternates: int
    ) -> tuple[Plan, list[Placing]]:
        """A place for each, taken in memory before anybody else plans."""
        with self._planning:
            requests = self.intake.with_recent(requests)
            plan = Plan(self.judges, asked.offer, self.rng, taken=tuple(asked.taken.values()))
            plan.sift(requests[0], asked.field(self.snapshot.table))
            placings = plan.place_all(requests, alternates)
            self._take(placings, asked)
            return plan, placings

    def _claimed(
        self, context: RequestContext, plan: Plan, placings: list[Placing], asked: Asked,
        alternates: int,
    ) -> list[Placing]:
        """The placings as claimed: another host where the planned one was refused."""
        self._settle_group(placings)
        if not asked.fresh:
            return self._claimed_late(context, placings)
        try:
            if len(placings) > 1 and self.claims.claim_all(context, placings):
                return placings
            number = 0
            while number < len(placings):
                if self.claims.claim(context, placings[number]):
                    number += 1
                elif plan.together:
                    self._place_all_again(context, plan, placings, number, asked, alternates)
                    number = 0
                else:
                    self._place_again(plan, placings, number, asked, alternates)
        except Exception:
            self.undo(context, placings)
            raise
        return placings

    def _claimed_late(
        self, context: RequestContext, placings: list[Placing]
    ) -> list[Placing]:
        """A place that was found in an older answer, if there still is room."""
        try:
            good = self.claims.claim(context, placings[0])
        except Exception:
            self.undo(context, placings)
            raise
        if not good:
            self._forget(placings)
            raise Outdated
        return placings

    def _place_again(
        self, plan: Plan, placings: list[Placing], number: int, asked: Asked, alternates: int
    ) -> None:
        refused = placings[number]
        with self._planning:
            plan.withdraw(refused)
            self._give_back([refused])
            placings[number] = plan.place(refused.request, alternates)
            self._take([placings[number]], asked)
        if not self.intake.settle([placings[number]]):
            raise Rivalled

    def _place_all_again(
        self, context: RequestContext, plan: Plan, placings: list[Placing], claimed: int,
        asked: Asked, alternates: int,
    ) -> None:
        """Where one has no room the others have to leave, too; the first `claimed` have a claim
        there."""
        self.claims.release(context, [one.request.server for one in placings[:claimed]])
        with self._planning:
            self._give_back(placings)
            placings[:] = plan.elsewhere(placings, alternates)
            self._take(placings, asked)
        self._settle_group(placings)

    def _take(self, placings: Iterable[Placing], asked: Asked) -> None:
        for placing in placings:
            asked.taken[placing.request.server] = placing.chosen.way
            self._offers[placing.request.server] = asked
            request, host = placing.request, placing.chosen.host
            taken = request.taken.by(placing.chosen.way)
            self.snapshot.take(host.uuid, request.server, taken)
            self.whereabouts.decided(request.server, host.host)

    def _give_back(self, placings: Iterable[Placing]) -> None:
        for placing in placings:
            server = placing.request.server
            asked = self._offers.pop(server, None)
            if asked is not None:
                asked.taken.pop(server, None)
            self.snapshot.give_back(placing.chosen.host.uuid, server)
            self.whereabouts.undecided(server)

    def _note_placing(self, context: RequestContext, placing: Placing, asked: Asked) -> None:
        self.journal.keep(self._record(
            context, placing.request, asked=asked.amounts, chosen=placing.chosen.host,
            weighed=placing.weighed, verdicts=placing.verdicts,
        ))

    def _records(
        self,
        context: RequestContext,
        requests: Sequence[Request],
        amounts: Mapping[str, int],
        verdicts: Sequence[Verdict],
        causes: Sequence[Mapping[str, Any]] = (),
        reason: str = NOWHERE,
    ) -> list[Record]:
        return [
            self._record(context, request, asked=amounts, verdicts=verdicts, causes=causes,
                         reason=reason)
            for request in requests
        ]

    def _record(self, context: RequestContext, request: Request, **found: Any) -> Record:
        return Record(
            server=request.server, at=request.now, request_id=context.request_id,
            kind=request.kind, seconds=(self.clock.now() - request.now).total_seconds(), **found,
        )
