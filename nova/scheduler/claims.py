"""Claims in placement: several at once when all fit, and undone when a plan fails."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from nova.clients.placement.contract import (
    Allocation,
    Consumer,
    GenerationConflict,
    NotEnoughRoom,
    PlacementService,
    Resources,
)
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import NovaError
from nova.scheduler.convoy import Convoy
from nova.scheduler.plan import Placing

LOG = logging.getLogger(__name__)
HomeOf = Callable[[str], str | None]


class Claims:
    """`home_of` tells the node a server runs on now: what it holds there it keeps
    (an evacuation); anything else it holds is left over from an earlier try."""

    def __init__(self, clock: Clock, placement: PlacementService, home_of: HomeOf) -> None:
        self._placement, self._home_of = placement, home_of
        self._convoy = Convoy(clock)

    def claim_all(self, context: RequestContext, placings: Sequence[Placing]) -> bool:
        """All or none, in one request.  False when they do not fit, or one holds something."""
        try:
            self._placement.allocations.change(context, [allocation(one) for one in placings])
        except (NotEnoughRoom, GenerationConflict) as refused:
            LOG.info("Claims of %d servers at once were refused: %s", len(placings), refused)
            return False
        return True

    def claim(self, context: RequestContext, placing: Placing) -> bool:
        """False when there is no room (any more)."""
        return self._convoy.claim(
            placing, partial(self._claim_alone, context), partial(self.claim_all, context)
        )

    def _claim_alone(self, context: RequestContext, placing: Placing) -> bool:
        try:
            self._placement.allocations.claim(context, allocation(placing))
        except GenerationConflict:
            return self._claim_beside(context, placing)
        except NotEnoughRoom as refused:
            LOG.info("No room: %s", refused)
            return False
        return True

    def release(self, context: RequestContext, servers: Sequence[str]) -> None:
        """Undo.  What cannot be undone now is reported; the server's deletion clears it."""
        for server in servers:
            try:
                self._drop(context, server)
            except NovaError:
                LOG.exception("The claim of server %s could not be undone", server)

    def _claim_beside(self, context: RequestContext, placing: Placing) -> bool:
        """The server holds something already: add to what it holds at home."""
        server = placing.request.server
        home = self._home_providers(context, server)
        wanted = allocation(placing)
        try:
            self._placement.allocations.amend(
                context, server, lambda held: beside(held, home, wanted)
            )
        except (NotEnoughRoom, GenerationConflict) as refused:
            LOG.info("No room: %s", refused)
            return False
        return True

    def _drop(self, context: RequestContext, server: str) -> None:
        home = self._home_providers(context, server)
        if not home:
            self._placement.allocations.delete(context, server)
            return
        self._placement.allocations.amend(context, server, lambda held: only(held, home))

    def _home_providers(self, context: RequestContext, server: str) -> frozenset[str]:
        node = self._home_of(server)
        tree = self._placement.providers.tree(context, node) if node else ()
        return frozenset(provider.id for provider in tree)


def allocation(placing: Placing) -> Allocation:
    """What to claim for a server that holds nothing yet."""
    request, way = placing.request, placing.chosen.way
    consumer = Consumer(request.server, request.project_id, request.spec.user_id)
    return Allocation(consumer, way.resources, way.mappings)


def only(held: Allocation, home: frozenset[str]) -> Allocation:
    kept = {name: amounts for name, amounts in held.resources.items() if name in home}
    return Allocation(held.consumer, kept, held.mappings)


def beside(held: Allocation, home: frozenset[str], wanted: Allocation) -> Allocation:
    """`wanted`, and what is held at home, summed where both are on one provider."""
    consumer = Consumer(
        wanted.consumer.consumer_id,
        wanted.consumer.project_id,
        wanted.consumer.user_id,
        held.consumer.kind or wanted.consumer.kind,
        held.consumer.generation,
    )
    resources: dict[str, Resources] = dict(only(held, home).resources)
    for provider, amounts in wanted.resources.items():
        resources[provider] = _sum(resources.get(provider, {}), amounts)
    return Allocation(consumer, resources, wanted.mappings)


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}
