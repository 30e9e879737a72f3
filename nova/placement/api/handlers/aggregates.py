"""/resource_providers/{uuid}/aggregates"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nova.placement import versions
from nova.placement.api.request import Reply, Request
from nova.placement.api.schema import GENERATION, UUID, Schema, closed
from nova.placement.db import aggregates, providers

_LIST = {"type": "array", "items": UUID, "uniqueItems": True}
_REPLACE = Schema(
    {
        versions.OLDEST: _LIST,
        versions.AGGREGATE_GENERATION: closed(
            {"resource_provider_generation": GENERATION, "aggregates": _LIST}
        ),
    }
)


def index(request: Request) -> Reply:
    def work(connection: sa.Connection) -> Reply:
        provider = providers.get(connection, request.items["uuid"])
        found = aggregates.of_provider(connection, provider.id)
        return _listed(request, found, provider.generation)

    return request.services.database.read(work)


def replace(request: Request) -> Reply:
    body = request.json(_REPLACE)
    counts = request.has(versions.AGGREGATE_GENERATION)
    wanted = body["aggregates"] if counts else body
    seen = body["resource_provider_generation"] if counts else None

    def work(connection: sa.Connection) -> Reply:
        uuid = request.items["uuid"]
        generation = aggregates.replace(connection, uuid, wanted, seen, request.now, counts=counts)
        return _listed(request, sorted(wanted), generation)

    return request.services.database.write(work)


def _listed(request: Request, found: Sequence[str], generation: int) -> Reply:
    body: dict[str, Any] = {"aggregates": list(found)}
    if request.has(versions.AGGREGATE_GENERATION):
        body["resource_provider_generation"] = generation
    return Reply(body=body, changed_at=request.now)
