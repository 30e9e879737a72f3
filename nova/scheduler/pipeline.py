"""The assembly, readable from top to bottom: prefilters -> query -> candidates -> hosts."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg

from nova.clients.placement.contract import CandidateQuery, Candidates, PlacementService
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.scheduler.asking import amounts, devices
from nova.scheduler.asking.draft import Draft
from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.asking.query import Bounds, amounts_of, build
from nova.scheduler.candidates import Offer, merged, offer
from nova.scheduler.causes import Diagnosis, Reasons, verdicts
from nova.scheduler.errors import NoValidHost, no_valid_host
from nova.scheduler.explain import Verdict, gaps
from nova.scheduler.field import Field
from nova.scheduler.filters.hinted_hosts import DIFFERENT, SAME
from nova.scheduler.hosts import HostState
from nova.scheduler.prefilters import PREFILTERS, Site
from nova.scheduler.prefilters.contract import Segments
from nova.scheduler.recent import Asked, RecentAnswers
from nova.scheduler.request import Request
from nova.scheduler.restrictions import restrictions
from nova.scheduler.sifting import sifted
from nova.scheduler.snapshot import Snapshot

LOG = logging.getLogger(__name__)


@dataclass
class NoCandidate(Exception):
    """Placement names no host; `refusal` is what is said to who asked."""

    amounts: Mapping[str, int]
    verdicts: Sequence[Verdict]
    causes: Sequence[Mapping[str, Any]]
    refusal: NoValidHost


NOWHERE = "There are not enough hosts available."
UNLIMITED_HINTS = ("group", SAME, DIFFERENT)


class Pipeline:
    """From a request to the hosts it may be judged on."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        clock: Clock,
        snapshot: Snapshot,
        placement: PlacementService,
        segments: Segments | None = None,
    ) -> None:
        self._conf, self._snapshot, self._placement = conf, snapshot, placement
        self._recent = RecentAnswers(clock, conf.scheduling.candidates_reused_seconds)
        self._segments = segments
        self._diagnosis = Diagnosis(clock, placement, snapshot.knows)
        self._aliases = devices.aliases(conf.pci.alias)

    def ask(self, context: RequestContext, request: Request, *, anew: bool = False) -> Asked:
        """One search (two for pinned processors), or none when it was done a moment ago, unless
        it has to be done `anew`.  Raises NoCandidate when placement knows no host, NoValidHost
        when there is none to ask for."""
        site = self._site(context)
        narrowings = [n for n in (narrow(request, site) for narrow in PREFILTERS) if n is not None]
        bounds = self._bounds(request)
        query = build(request, narrowings, bounds)

        def search() -> Asked:
            found = self._placement.search.candidates(context, query)
            if "PCPU" in amounts_of(query) and self._falls_back(request):
                second = build(request, narrowings, bounds, dedicated=False)
                found = merged(found, self._placement.search.candidates(context, second))
            reasons = _reasons(narrowings)
            return Asked(query, self._offered(context, request, query, found, reasons))

        return self._recent.anew(search) if anew else self._recent.answer(query, search)

    def forget(self) -> None:
        """Ask placement anew from now on."""
        self._recent.forget()
        self._diagnosis.forget()

    def here(self, request: Request) -> list[HostState]:
        """The nodes a request names itself, without asking placement."""
        return list(sifted(Field(self._snapshot.all()), restrictions(request))[0].hosts)

    def _site(self, context: RequestContext) -> Site:
        segments = self._segments
        return Site(
            conf=self._conf,
            aggregates=self._snapshot.aggregates,
            oldest_service=self._snapshot.oldest_service,
            segments=None if segments is None else lambda request: segments(context, request),
        )

    def _falls_back(self, request: Request) -> bool:
        """Hosts that do not tell pinned from shared processors are asked for too."""
        if self._conf.workarounds.disable_fallback_pcpu_query:
            return False
        return amounts.policy(request) == "dedicated"

    def _bounds(self, request: Request) -> Bounds:
        pci = (devices.pci_groups(request, self._aliases)
               if self._conf.filter_scheduler.pci_in_placement else dict[str, Draft]())
        limit = self._conf.scheduler.max_placement_results
        named = self._named_nodes(request)
        if len(named) > 1 or any(request.hints.get(name) for name in UNLIMITED_HINTS):
            limit = 0
        tree = named[0].uuid if len(named) == 1 else None
        return Bounds(limit=limit, in_tree=tree, pci_groups=pci)

    def _named_nodes(self, request: Request) -> list[HostState]:
        """The nodes of the host that a request names; none when it names no host."""
        spec = request.spec
        if not (spec.force_hosts or spec.force_nodes or spec.requested_host
                or spec.requested_node):
            return []
        named = self.here(request)
        if not named:
            raise no_valid_host("The requested host or node does not exist or may not be used.")
        return named

    def _offered(
        self, context: RequestContext, request: Request, query: CandidateQuery,
        found: Candidates, reasons: Reasons,
    ) -> Offer:
        made = offer(found, self._snapshot.knows)
        if made.unknown and self._snapshot.refresh_for(made.unknown):
            made = offer(found, self._snapshot.knows)
        if not made.ways:
            LOG.info("Placement has no candidate for server %s: %s", request.server, query)
            raise self._nowhere(context, query, reasons)
        return made

    def _nowhere(
        self, context: RequestContext, query: CandidateQuery, reasons: Reasons
    ) -> NoCandidate:
        """With what left no host, as far as placement can be asked."""
        causes = self._diagnosis.causes(context, query, reasons)
        refused = verdicts(causes, self._snapshot.all())
        return NoCandidate(
            amounts_of(query), refused, [cause.as_dict() for cause in causes],
            no_valid_host(NOWHERE, gaps(refused)),
        )


def _reasons(narrowings: Iterable[Narrowing]) -> Reasons:
    """Words for the aggregates that were demanded."""
    found: dict[frozenset[str], str] = {}
    for one in narrowings:
        found |= dict.fromkeys([*one.member_of, one.not_member_of], one.reason)
    return found
