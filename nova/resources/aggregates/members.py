"""Hosts come and go in aggregates; placement is told, so that it can narrow its search."""

import logging
from collections.abc import Callable
from typing import Any

from nova.clients.placement.contract import (
    GenerationConflict,
    PlacementUnavailable,
    ProviderNotFound,
)
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import Field, Object, obj, string
from nova.objects.store.errors import ComputeHostNotFound
from nova.resources.aggregates.looking import aggregate, shown
from nova.resources.aggregates.zone_rules import refuse_leaving, refuse_member
from nova.resources.services.zones import COMPUTE
from nova.seams import ApiSeams

LOG = logging.getLogger(__name__)

Edit = Callable[[frozenset[str]], frozenset[str]]
# How often a provider's aggregates are read and written again when others write them too.
TRIES = 4


def _body(action: str) -> Object:
    host = Field(
        "host", string(min=1, max=255, pattern="^[a-zA-Z0-9-._]*$"), required=True
    )
    return obj(Field(action, obj(host), required=True))


def _add(call: Call[ApiSeams]) -> Any:
    found, host = aggregate(call), call.body["add_host"]["host"]
    _require_compute(call, host)
    refuse_member(call, found, host)
    changed = call.seams.stores.api.aggregates.add_host(found.id, host)
    _tell_placement(call, host, lambda uuids: uuids | {found.uuid})
    call.seams.scheduler.refresh(call.context)
    return shown(call, changed)


def _remove(call: Call[ApiSeams]) -> Any:
    found, host = aggregate(call), call.body["remove_host"]["host"]
    refuse_leaving(call, found, host)
    changed = call.seams.stores.api.aggregates.remove_host(found.id, host)
    _tell_placement(call, host, lambda uuids: uuids - {found.uuid})
    call.seams.scheduler.refresh(call.context)
    return shown(call, changed)


def _require_compute(call: Call[ApiSeams], host: str) -> None:
    """HostMappingNotFound or ComputeHostNotFound unless a compute service runs there."""
    stores = call.seams.stores
    cell = stores.cell(stores.api.hosts.cell_of(host))
    if not cell.services.find(host=host, binary=COMPUTE):
        raise ComputeHostNotFound(host=host)


def _tell_placement(call: Call[ApiSeams], host: str, edit: Edit) -> None:
    """A provider that placement does not know, or cannot be told of, is no obstacle: the
    membership is ours, and `nova-manage placement sync_aggregates` repeats it."""
    stores = call.seams.stores
    for cell in stores.cells():
        for node in cell.nodes.find(host=host):
            try:
                _edit(call, node.uuid, edit)
            except (PlacementUnavailable, ProviderNotFound, GenerationConflict) as error:
                LOG.warning("Placement does not know of the aggregates of %s: %s", host, error)


def _edit(call: Call[ApiSeams], provider_id: str, edit: Edit) -> None:
    facts = call.seams.placement.facts
    for left in reversed(range(TRIES)):
        now = facts.aggregates(call.context, provider_id)
        try:
            facts.set_aggregates(
                call.context, provider_id, edit(now.aggregates), now.generation
            )
        except GenerationConflict:
            if not left:
                raise
        else:
            return


ROUTES = (
    Route(
        "POST", "/os-aggregates/{id}/action", _add,
        Policy("os-aggregates:add_host", ADMIN, "Put a host into an aggregate"),
        body=_body("add_host"), action="add_host",
    ),
    Route(
        "POST", "/os-aggregates/{id}/action", _remove,
        Policy("os-aggregates:remove_host", ADMIN, "Take a host out of an aggregate"),
        body=_body("remove_host"), action="remove_host",
    ),
)
