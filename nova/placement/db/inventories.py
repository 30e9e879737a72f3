"""How much of each resource class a provider has."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement import errors
from nova.placement.db import providers
from nova.placement.db.schema import ALLOCATIONS, CLASSES, INT_MAX, INVENTORIES

_FIELDS = ("total", "reserved", "min_unit", "max_unit", "step_size", "allocation_ratio")


@dataclass(frozen=True, slots=True)
class Inventory:
    total: int
    reserved: int = 0
    min_unit: int = 1
    max_unit: int = INT_MAX
    step_size: int = 1
    allocation_ratio: float = 1.0

    @property
    def capacity(self) -> int:
        return int((self.total - self.reserved) * self.allocation_ratio)


@dataclass(frozen=True, slots=True)
class Usage:
    """One inventory with what is taken from it."""

    inventory: Inventory
    used: int


Stock = Mapping[int, Inventory]
"""Inventories of one provider by class id."""


_USED = (
    sa.select(sa.func.coalesce(sa.func.sum(ALLOCATIONS.c.used), 0))
    .where(ALLOCATIONS.c.resource_provider_id == INVENTORIES.c.resource_provider_id)
    .where(ALLOCATIONS.c.resource_class_id == INVENTORIES.c.resource_class_id)
    .scalar_subquery()
)
_USAGES = sa.select(
    INVENTORIES.c.resource_provider_id,
    INVENTORIES.c.resource_class_id,
    *(INVENTORIES.c[name] for name in _FIELDS),
    _USED,
).where(INVENTORIES.c.resource_provider_id.in_(sa.bindparam("providers", expanding=True)))
_USAGES_OF_CLASSES = _USAGES.where(
    INVENTORIES.c.resource_class_id.in_(sa.bindparam("classes", expanding=True))
)


def of_provider(connection: sa.Connection, provider_id: int) -> tuple[Stock, datetime | None]:
    """All inventories of a provider, and when one of them last changed."""
    rows = connection.execute(
        sa.select(
            INVENTORIES.c.resource_class_id,
            *(INVENTORIES.c[name] for name in _FIELDS),
            sa.func.coalesce(INVENTORIES.c.updated_at, INVENTORIES.c.created_at),
        )
        .where(INVENTORIES.c.resource_provider_id == provider_id)
        .order_by(INVENTORIES.c.id)
    ).all()
    stock = {row[0]: Inventory(*row[1:7]) for row in rows}
    return stock, max((row[7] for row in rows if row[7]), default=None)


def usages(
    connection: sa.Connection,
    provider_ids: Collection[int],
    class_ids: Collection[int] | None = None,
) -> dict[tuple[int, int], Usage]:
    """{(provider id, class id): Usage}, of `class_ids` only if given."""
    ids: dict[str, list[int]] = {"providers": list(provider_ids)}
    query = _USAGES
    if class_ids is not None:
        ids["classes"] = list(class_ids)
        query = _USAGES_OF_CLASSES
    return {
        (row[0], row[1]): Usage(Inventory(*row[2:8]), int(row[8]))
        for row in connection.execute(query, ids)
    }


def add(
    connection: sa.Connection,
    uuid: str,
    class_id: int,
    inventory: Inventory,
    generation: int | None,
    now: datetime,
) -> int:
    """The new generation.  Raises `errors.Missing`, `ConcurrentUpdate` or `Clash` (is there)."""
    held = _held(connection, uuid, generation)
    try:
        _insert(connection, held.id, {class_id: inventory}, now)
    except exc.IntegrityError as error:
        raise errors.Clash(
            message=f"Update conflict: resource provider {uuid} already has such an inventory"
        ) from error
    providers.bump(connection, [held.id], now)
    return held.generation + 1


def change(
    connection: sa.Connection,
    uuid: str,
    class_id: int,
    inventory: Inventory,
    generation: int,
    now: datetime,
) -> int:
    """The new generation.  Raises `errors.Missing`, `ConcurrentUpdate` or `BadRequest` (none)."""
    held = _held(connection, uuid, generation)
    if not _update(connection, held.id, class_id, inventory, now):
        raise errors.BadRequest(
            message=f"No inventory of that class for resource provider {uuid} to update"
        )
    providers.bump(connection, [held.id], now)
    return held.generation + 1


def replace(
    connection: sa.Connection, uuid: str, stock: Stock, generation: int | None, now: datetime
) -> int:
    """`stock` and nothing else; the new generation.

    Raises `errors.Missing`, `ConcurrentUpdate`, or `InventoryInUse` for a
    class that would go while something is allocated from it.
    """
    held = _held(connection, uuid, generation)
    gone = rewrite(connection, held.id, stock, now)
    refuse_used(connection, held.id, uuid, gone)
    providers.bump(connection, [held.id], now)
    return held.generation + 1


def remove(connection: sa.Connection, uuid: str, class_id: int, now: datetime) -> None:
    """Raises `errors.Missing` (provider or inventory) or `InventoryInUse`."""
    held = _held(connection, uuid, None)
    own = INVENTORIES.c.resource_provider_id == held.id
    gone = connection.execute(
        sa.delete(INVENTORIES).where(own, INVENTORIES.c.resource_class_id == class_id)
    )
    refuse_used(connection, held.id, uuid, [class_id])
    if not gone.rowcount:
        raise errors.Missing(message="No inventory of that class found for delete")
    providers.bump(connection, [held.id], now)


def rewrite(connection: sa.Connection, provider_id: int, stock: Stock, now: datetime) -> set[int]:
    """Make the rows of a held provider equal to `stock`; the classes that went."""
    before, _ = of_provider(connection, provider_id)
    gone = set(before) - set(stock)
    if gone:
        connection.execute(
            sa.delete(INVENTORIES)
            .where(INVENTORIES.c.resource_provider_id == provider_id)
            .where(INVENTORIES.c.resource_class_id.in_(gone))
        )
    for class_id in stock.keys() & before.keys():
        if stock[class_id] != before[class_id]:
            _update(connection, provider_id, class_id, stock[class_id], now)
    new = {class_id: stock[class_id] for class_id in stock if class_id not in before}
    _insert(connection, provider_id, new, now)
    return gone


def refuse_used(
    connection: sa.Connection, provider_id: int, uuid: str, class_ids: Collection[int]
) -> None:
    """Raises `errors.InventoryInUse` when something of `class_ids` is allocated."""
    if not class_ids:
        return
    used = connection.scalar(
        sa.select(CLASSES.c.name)
        .join(ALLOCATIONS, ALLOCATIONS.c.resource_class_id == CLASSES.c.id)
        .where(ALLOCATIONS.c.resource_provider_id == provider_id)
        .where(ALLOCATIONS.c.resource_class_id.in_(class_ids))
        .limit(1)
    )
    if used is not None:
        raise errors.InventoryInUse(
            message=f"Inventory for '{used}' on resource provider '{uuid}' in use."
        )


def _held(connection: sa.Connection, uuid: str, generation: int | None) -> providers.Locked:
    held = providers.lock_one(connection, uuid)
    if generation is not None:
        providers.expect(held, generation)
    return held


def _insert(connection: sa.Connection, provider_id: int, stock: Stock, now: datetime) -> None:
    rows = [
        {
            "resource_provider_id": provider_id,
            "resource_class_id": class_id,
            "created_at": now,
            "updated_at": now,
            **asdict(inventory),
        }
        for class_id, inventory in stock.items()
    ]
    if rows:
        connection.execute(sa.insert(INVENTORIES), rows)


def _update(
    connection: sa.Connection, provider_id: int, class_id: int, inventory: Inventory, now: datetime
) -> bool:
    result = connection.execute(
        sa.update(INVENTORIES)
        .where(INVENTORIES.c.resource_provider_id == provider_id)
        .where(INVENTORIES.c.resource_class_id == class_id)
        .values(updated_at=now, **asdict(inventory))
    )
    return bool(result.rowcount)
