"""Devices that servers have without placement knowing of it.

They got them before placement was told of devices, or while schedulers do not ask it
for them ([filter_scheduler]pci_in_placement).
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from nova.clients.placement.contract import (
    Allocation,
    GenerationConflict,
    NotEnoughRoom,
    PlacementRefused,
    PlacementService,
)
from nova.compute.inventory.devices import provider_of, resource_class
from nova.context import RequestContext
from nova.virt.topology.holdings import Holdings

LOG = logging.getLogger(__name__)
Amounts = Mapping[str, Mapping[str, int]]


class CardClaims:
    """Asks once for each server and what it has; who is in order costs nothing again."""

    def __init__(self, placement: PlacementService) -> None:
        self._allocations = placement.allocations
        self._right: dict[str, dict[str, Amounts]] = {}

    def heal(
        self, context: RequestContext, node: str, holdings: Holdings, settled: Collection[str]
    ) -> None:
        """`settled` are servers that nothing is done to: what others hold may be on its way.
        The node's cards are told already."""
        wanted = amounts_of(node, holdings)
        before = self._right.get(node, {})
        self._right[node] = {
            server: amounts for server, amounts in wanted.items()
            if before.get(server) == amounts
            or (server in settled and self._claimed(context, server, amounts))
        }

    def _claimed(self, context: RequestContext, server: str, amounts: Amounts) -> bool:
        held = self._allocations.get(context, server)
        if all(held.resources.get(provider) == some for provider, some in amounts.items()):
            return True
        if not held.resources:
            return False

        def with_cards(held: Allocation) -> Allocation:
            return replace(held, resources={**held.resources, **amounts}, mappings={})

        try:
            self._allocations.amend(context, server, with_cards)
        except (NotEnoughRoom, GenerationConflict, PlacementRefused) as error:
            LOG.warning("Placement does not know what devices server %s has: %s", server, error)
            return False
        LOG.info("Placement knows now what devices server %s has", server)
        return True


def amounts_of(node: str, holdings: Holdings) -> dict[str, Amounts]:
    """{server: {provider: {class: count}}}"""
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in holdings.ledger.offered:
        server = holdings.holders.get(one.device.address)
        if server is not None:
            found[server][provider_of(node, one.device)][resource_class(one)] += 1
    return {server: {provider: dict(some) for provider, some in cards.items()}
            for server, cards in found.items()}
