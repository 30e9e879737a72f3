"""A disabled compute gets no new servers from this moment on.

The schedulers are told, and read services now and then besides; placement is asked
for every server, and leaves out providers with the trait.
"""

import logging
from collections.abc import Mapping
from typing import Any

from nova.clients.placement.contract import (
    GenerationConflict,
    PlacementUnavailable,
    ProviderNotFound,
)
from nova.core.call import Call
from nova.objects.host import Service
from nova.objects.store.cell import CellStore
from nova.resources.services.zones import COMPUTE
from nova.seams import ApiSeams

LOG = logging.getLogger(__name__)
DISABLED = "COMPUTE_STATUS_DISABLED"
# How often a provider's traits are read and written again when others write them too.
TRIES = 4


def change(
    call: Call[ApiSeams], cell: CellStore, service: Service, changes: Mapping[str, Any]
) -> Service:
    """The service as changed; placement is told when that made a compute (un)usable."""
    changed: Service = cell.services.update(service.id, changes)
    if service.binary == COMPUTE:
        if "disabled" in changes:
            _tell_placement(call, cell, service.host, bool(changes["disabled"]))
        call.seams.scheduler.refresh(call.context)
    return changed


def _tell_placement(call: Call[ApiSeams], cell: CellStore, host: str, disabled: bool) -> None:
    """A provider that cannot be told of is no obstacle: the host repeats it."""
    for node in cell.nodes.find(host=host):
        try:
            _mark(call, node.uuid, disabled)
        except (PlacementUnavailable, ProviderNotFound, GenerationConflict) as error:
            LOG.warning("Placement does not know yet whether %s is disabled: %s", host, error)


def _mark(call: Call[ApiSeams], provider_id: str, disabled: bool) -> None:
    facts = call.seams.placement.facts
    for left in reversed(range(TRIES)):
        now = facts.traits(call.context, provider_id)
        wanted = now.traits | {DISABLED} if disabled else now.traits - {DISABLED}
        if wanted == now.traits:
            return
        try:
            facts.set_traits(call.context, provider_id, wanted, now.generation)
        except GenerationConflict:
            if not left:
                raise
        else:
            return
