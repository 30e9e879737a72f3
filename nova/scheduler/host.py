"""The host of the scheduler: what other processes may ask of it."""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from oslo_config import cfg

from nova.clients.placement.contract import PlacementService
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.core.hearing import Hearing
from nova.objects.cloud import RequestSpec, Selection
from nova.objects.store import Stores
from nova.scheduler.asking.devices import aliases
from nova.scheduler.claims import Claims
from nova.scheduler.decision import Decisions, NotPlaced
from nova.scheduler.errors import NoValidHost
from nova.scheduler.intake import Intake, alike
from nova.scheduler.journal import Journal
from nova.scheduler.pipeline import Pipeline
from nova.scheduler.plan import Placing
from nova.scheduler.policies import judges
from nova.scheduler.prefilters.contract import Segments
from nova.scheduler.questions import Questions
from nova.scheduler.request import stays
from nova.scheduler.selection import selections
from nova.scheduler.snapshot import Snapshot
from nova.scheduler.whereabouts import Whereabouts

LOG = logging.getLogger(__name__)


class SchedulerEndpoint:
    """RPC methods of nova-scheduler.

    `segments` tells which aggregates the networks of a request reach (for
    routed networks); `rng` picks among equals.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        clock: Clock,
        stores: Stores,
        placement: PlacementService,
        *,
        segments: Segments | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._clock = clock
        self.snapshot = Snapshot(conf, clock, stores)
        self.hearing = Hearing(clock)
        self._patience = timedelta(seconds=2 * conf.report_interval)
        self.journal = Journal(conf, clock, stores.api.decisions)
        self._pipeline = Pipeline(conf, clock, self.snapshot, placement, segments)
        self._whereabouts = Whereabouts(clock, stores)
        self._intake = Intake(
            clock, stores, self._whereabouts, aliases(conf.pci.alias), self.hearing
        )
        self._decisions = Decisions(
            clock=clock,
            snapshot=self.snapshot,
            whereabouts=self._whereabouts,
            intake=self._intake,
            pipeline=self._pipeline,
            judges=judges(conf, lambda: self.snapshot.aggregates),
            claims=Claims(clock, placement, self._home_of),
            journal=self.journal,
            rng=rng or random.Random(),
        )
        self._questions = Questions(stores, self._decisions)

    def select(
        self, context: RequestContext, specs: Sequence[RequestSpec], alternates: int
    ) -> list[list[Selection]]:
        """For each spec its host, claimed in placement, and up to `alternates` others of the
        same cell with the claim to make there.  All or none: raises NoValidHost."""
        asked_at = self._clock.now()
        self.snapshot.refresh(self._patience)
        try:
            return self._decide(context, specs, alternates)
        except NotPlaced as refused:
            # A refusal is final only when its facts are younger than the question.
            if not self.snapshot.refresh_since(asked_at):
                raise self._final(refused) from refused
        try:
            return self._decide(context, specs, alternates)
        except NotPlaced as refused:
            raise self._final(refused) from refused

    def would_select(
        self, context: RequestContext, specs: Sequence[RequestSpec]
    ) -> dict[str, Any]:
        """Where these servers would go now; see Questions."""
        self._look()
        return self._questions.where(context, specs)

    def would_fit(self, context: RequestContext, spec: RequestSpec, most: int) -> dict[str, Any]:
        """How many such servers fit now, counted up to `most`."""
        self._look()
        return self._questions.how_many(context, spec, most)

    def would_be_left(self, context: RequestContext, hosts: Sequence[str]) -> dict[str, Any]:
        """Which servers of `hosts` would find no place if those were gone."""
        self._look()
        return self._questions.without(context, hosts)

    def _look(self) -> None:
        """Who asks has time for the facts of this moment."""
        self.snapshot.refresh_since(self._clock.now())

    def hear(self, context: RequestContext) -> bool:
        """So that a scheduler knows that messages arrive."""
        return True

    def refresh(self, context: RequestContext) -> None:
        """Something changed that should be seen before the next regular reading."""
        self._pipeline.forget()
        self.snapshot.refresh()

    def _final(self, refused: NotPlaced) -> NoValidHost:
        for record in refused.records:
            self.journal.keep(record)
        return refused.refusal

    def _decide(
        self, context: RequestContext, specs: Sequence[RequestSpec], alternates: int
    ) -> list[list[Selection]]:
        placings: list[Placing] = []
        found: dict[str, list[Selection]] = {}
        try:
            for batch in alike(specs):
                if stays(batch[0]):
                    found.update(self._decisions.stay(context, batch))
                else:
                    placings += self._decisions.decide(context, batch, alternates)
        except Exception:
            self._decisions.undo(context, placings)
            raise
        found.update((one.request.server, selections(one)) for one in placings)
        return [found[spec.instance_uuid] for spec in specs]

    def _home_of(self, server: str) -> str | None:
        home = self._whereabouts.home(server)
        if home is None:
            return None
        host, node = home
        nodes = self.snapshot.nodes_of(host)
        return next((one.uuid for one in nodes if node in (None, one.nodename)), None)
