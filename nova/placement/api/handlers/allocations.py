"""/allocations and /resource_providers/{uuid}/allocations"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nova.placement import errors, versions
from nova.placement.api.handlers import allocation_schemas
from nova.placement.api.request import Reply, Request, is_uuid
from nova.placement.db import allocations, providers, usages
from nova.placement.db.allocations import Allocation
from nova.placement.db.consumers import UNCHECKED, Write


def of_consumer(request: Request) -> Reply:
    uuid = request.items["consumer_uuid"]

    def work(connection: sa.Connection) -> Reply:
        found = allocations.of_consumer(connection, uuid)
        return Reply(
            body=_consumer_view(request, connection, found), changed_at=_newest(request, found)
        )

    return request.services.database.read(work)


def of_provider(request: Request) -> Reply:
    def work(connection: sa.Connection) -> Reply:
        provider = providers.get(connection, request.items["uuid"])
        found = allocations.of_provider(connection, provider.id)
        body = {
            "resource_provider_generation": provider.generation,
            "allocations": _by_consumer(request, connection, found),
        }
        return Reply(body=body, changed_at=_newest(request, found))

    return request.services.database.read(work)


def replace(request: Request) -> Reply:
    uuid = request.items["consumer_uuid"]
    if not is_uuid(uuid):
        raise errors.BadRequest(message=f"Malformed consumer_uuid: {uuid}")
    body = request.json(allocation_schemas.REPLACE)
    if not request.has(versions.ALLOCATIONS_AS_DICT):
        body = {**body, "allocations": _as_dict(body["allocations"])}
    _write(request, [write_of(request, uuid, body)])
    return Reply(204)


def manage(request: Request) -> Reply:
    body = request.json(allocation_schemas.MANAGE)
    _write(request, [write_of(request, uuid, entry) for uuid, entry in body.items()])
    return Reply(204)


def delete(request: Request) -> Reply:
    uuid = request.items["consumer_uuid"]
    request.services.database.write(
        lambda connection: allocations.delete(connection, uuid, request.now)
    )
    return Reply(204)


def write_of(request: Request, uuid: str, entry: Mapping[str, Any]) -> Write:
    """Raises `errors.BadRequest` for a class nobody knows."""
    services = request.services
    nobody = services.nobody
    known = services.vocabulary
    kind = entry.get("consumer_type")
    named = kind is not None and kind != usages.UNKNOWN
    return Write(
        uuid=uuid,
        project_id=known.projects.id(services.database, entry.get("project_id", nobody[0])),
        user_id=known.users.id(services.database, entry.get("user_id", nobody[1])),
        type_id=known.consumer_types.id(services.database, kind) if named and kind else None,
        generation=entry.get("consumer_generation", UNCHECKED),
        amounts={
            provider: _amounts(request, wanted["resources"])
            for provider, wanted in entry["allocations"].items()
        },
        keep_type=kind is None,
    )


def _write(request: Request, writes: Iterable[Write]) -> None:
    services = request.services
    listed = list(writes)
    names = services.vocabulary.classes.known()
    try:
        services.database.write(
            lambda connection: allocations.replace(connection, listed, request.now, names=names)
        )
    except errors.Clash:
        # Perhaps a class was made anew by another process and has another id now.
        services.database.read(services.vocabulary.classes.load)
        raise


def _amounts(request: Request, resources: Mapping[str, int]) -> dict[int, int]:
    services = request.services
    classes = services.vocabulary.classes
    found = {}
    for name, amount in resources.items():
        number = classes.cached(name)
        if number is None:
            number = services.database.read(lambda connection: classes.id(connection, name))  # noqa: B023
        if number is None:
            raise errors.BadRequest(
                message=f"Unable to allocate inventory: No such resource class {name}."
            )
        found[number] = amount
    return found


def _as_dict(listed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {one["resource_provider"]["uuid"]: {"resources": one["resources"]} for one in listed}


def _consumer_view(
    request: Request, connection: sa.Connection, found: Iterable[Allocation]
) -> Mapping[str, Any]:
    classes = request.services.vocabulary.classes
    entries: dict[str, Any] = {}
    body: dict[str, Any] = {"allocations": entries}
    for one in found:
        entry = entries.setdefault(
            one.provider, {"generation": one.provider_generation, "resources": {}}
        )
        entry["resources"][classes.name(connection, one.class_id)] = one.used
        body.update(_owner(request, one))
    return body


def _owner(request: Request, one: Allocation) -> Mapping[str, Any]:
    owner: dict[str, Any] = {}
    if request.has(versions.ALLOCATIONS_AS_DICT) and one.project is not None:
        owner = {"project_id": one.project, "user_id": one.user}
    if request.has(versions.CONSUMER_GENERATIONS):
        owner["consumer_generation"] = one.consumer_generation
    if request.has(versions.CONSUMER_TYPES):
        owner["consumer_type"] = one.consumer_type or usages.UNKNOWN
    return owner


def _by_consumer(
    request: Request, connection: sa.Connection, found: Iterable[Allocation]
) -> Mapping[str, Any]:
    classes = request.services.vocabulary.classes
    entries: dict[str, Any] = {}
    for one in found:
        entry = entries.setdefault(one.consumer, {"resources": {}})
        entry["resources"][classes.name(connection, one.class_id)] = one.used
        if request.has(versions.CONSUMER_GENERATIONS):
            entry["consumer_generation"] = one.consumer_generation
    return entries


def _newest(request: Request, found: Iterable[Allocation]) -> datetime:
    return max((one.changed_at for one in found), default=request.now)
