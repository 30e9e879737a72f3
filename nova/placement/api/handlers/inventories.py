"""/resource_providers/{uuid}/inventories"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nova.placement import errors, versions
from nova.placement.api.request import Reply, Request
from nova.placement.api.schema import CLASS_KEY, GENERATION, Schema, closed, keyed
from nova.placement.db import inventories, providers
from nova.placement.db.inventories import Inventory, Stock
from nova.placement.db.schema import INT_MAX

_COUNT = {"type": "integer", "minimum": 1, "maximum": INT_MAX}
_TOTAL = {"total": _COUNT}
_MORE = {
    "reserved": {"type": "integer", "minimum": 0, "maximum": INT_MAX},
    "min_unit": _COUNT,
    "max_unit": _COUNT,
    "step_size": _COUNT,
    "allocation_ratio": {"type": "number", "maximum": 3.40282e38},
}
RECORD = closed(_TOTAL, _MORE)
_SEEN = {"resource_provider_generation": GENERATION}

_CREATE = Schema(
    {
        versions.OLDEST: closed(
            {"resource_class": {"type": "string", "pattern": CLASS_KEY}, **_TOTAL},
            {**_MORE, **_SEEN},
        )
    }
)
_UPDATE = Schema({versions.OLDEST: closed({**_TOTAL, **_SEEN}, _MORE)})
_REPLACE = Schema({versions.OLDEST: closed({**_SEEN, "inventories": keyed(CLASS_KEY, RECORD)})})


def index(request: Request) -> Reply:
    def work(connection: sa.Connection) -> Reply:
        provider = providers.get(connection, request.items["uuid"])
        stock, changed = inventories.of_provider(connection, provider.id)
        return _listed(request, connection, stock, provider.generation, changed)

    return request.services.database.read(work)


def create(request: Request) -> Reply:
    body = request.json(_CREATE)
    uuid, name = request.items["uuid"], body["resource_class"]
    inventory = inventory_of(request, body, uuid, name)
    generation = body.get("resource_provider_generation")

    def work(connection: sa.Connection) -> int:
        providers.lock_one(connection, uuid)
        request.services.vocabulary.classes.load(connection)
        number = class_id(request, connection, name)
        return inventories.add(connection, uuid, number, inventory, generation, request.now)

    made = _view(inventory, request.services.database.write(work))
    where = f"{request.prefix}/resource_providers/{uuid}/inventories/{name}"
    return Reply(201, made, {"Location": where}, request.now)


def replace(request: Request) -> Reply:
    body = request.json(_REPLACE)
    uuid = request.items["uuid"]

    def work(connection: sa.Connection) -> Reply:
        held = providers.lock_one(connection, uuid)
        seen = body["resource_provider_generation"]
        providers.expect(held, seen)
        stock = stock_of(request, connection, uuid, body["inventories"])
        generation = inventories.replace(connection, uuid, stock, seen, request.now)
        return _listed(request, connection, stock, generation, request.now)

    return request.services.database.write(work)


def clear(request: Request) -> Reply:
    uuid = request.items["uuid"]
    request.services.database.write(
        lambda connection: inventories.replace(connection, uuid, {}, None, request.now)
    )
    return Reply(204)


def show(request: Request) -> Reply:
    uuid, name = request.items["uuid"], request.items["resource_class"]

    def work(connection: sa.Connection) -> Reply:
        provider = providers.get(connection, uuid)
        stock, changed = inventories.of_provider(connection, provider.id)
        number = request.services.vocabulary.classes.id(connection, name)
        if number is None or number not in stock:
            raise errors.Missing(message=f"No inventory of class {name} for {uuid}")
        return Reply(body=_view(stock[number], provider.generation), changed_at=changed)

    return request.services.database.read(work)


def update(request: Request) -> Reply:
    body = request.json(_UPDATE)
    uuid, name = request.items["uuid"], request.items["resource_class"]
    inventory = inventory_of(request, body, uuid, name)

    def work(connection: sa.Connection) -> int:
        seen = body["resource_provider_generation"]
        providers.expect(providers.lock_one(connection, uuid), seen)
        request.services.vocabulary.classes.load(connection)
        number = class_id(request, connection, name)
        return inventories.change(connection, uuid, number, inventory, seen, request.now)

    generation = request.services.database.write(work)
    return Reply(body=_view(inventory, generation), changed_at=request.now)


def delete(request: Request) -> Reply:
    uuid, name = request.items["uuid"], request.items["resource_class"]

    def work(connection: sa.Connection) -> None:
        number = request.services.vocabulary.classes.id(connection, name)
        if number is None:
            providers.lock_one(connection, uuid)
            raise errors.Missing(message=f"No inventory of class {name} found for delete")
        inventories.remove(connection, uuid, number, request.now)

    request.services.database.write(work)
    return Reply(204)


def stock_of(
    request: Request, connection: sa.Connection, uuid: str, records: Mapping[str, Any]
) -> Stock:
    """Raises `errors.BadRequest` for an unknown class or impossible numbers."""
    request.services.vocabulary.classes.load(connection)
    return {
        class_id(request, connection, name): inventory_of(request, record, uuid, name)
        for name, record in records.items()
    }


def inventory_of(request: Request, record: Mapping[str, Any], uuid: str, name: str) -> Inventory:
    """Raises `errors.BadRequest` when nothing could ever be allocated from it."""
    known = (*_TOTAL, *_MORE)
    made = Inventory(**{key: record[key] for key in known if key in record})
    all_reserved = request.has(versions.RESERVED_MAY_BE_TOTAL)
    if made.reserved > made.total or (made.reserved == made.total and not all_reserved):
        raise errors.BadRequest(
            message=f"Unable to update inventory for resource provider {uuid}: Invalid inventory "
            f"for '{name}' on resource provider '{uuid}'. The reserved value is greater than "
            f"{'' if all_reserved else 'or equal to '}total."
        )
    return made


def class_id(request: Request, connection: sa.Connection, name: str) -> int:
    """Raises `errors.BadRequest` for a class nobody knows."""
    number = request.services.vocabulary.classes.id(connection, name)
    if number is None:
        raise errors.BadRequest(
            message=f"Unknown resource class in inventory for resource provider: No such resource "
            f"class {name}."
        )
    return number


def _listed(
    request: Request,
    connection: sa.Connection,
    stock: Stock,
    generation: int,
    changed: datetime | None,
) -> Reply:
    classes = request.services.vocabulary.classes
    records = {classes.name(connection, number): asdict(one) for number, one in stock.items()}
    return Reply(
        body={"resource_provider_generation": generation, "inventories": records},
        changed_at=changed or request.now,
    )


def _view(inventory: Inventory, generation: int) -> Mapping[str, Any]:
    return {"resource_provider_generation": generation, **asdict(inventory)}
