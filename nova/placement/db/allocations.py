"""Who uses how much of what: claims, and the rule that capacity is never exceeded.

A claim holds the rows of its providers from before it reads what is used until
it commits, so two claims on one provider happen one after the other.  Rows are
taken in one order (consumers by uuid, then providers), and a claim is a fixed
small number of statements whatever its size.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

import sqlalchemy as sa

from nova.placement import errors
from nova.placement.db import consumers, inventories, providers, stamp
from nova.placement.db.consumers import Stored, Write
from nova.placement.db.inventories import Stock, Usage
from nova.placement.db.providers import Locked
from nova.placement.db.schema import (
    ALLOCATIONS,
    CONSUMER_TYPES,
    CONSUMERS,
    PROJECTS,
    PROVIDERS,
    USERS,
)


class _Row(TypedDict):
    resource_provider_id: int
    resource_class_id: int
    consumer_id: str
    used: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reshape:
    """New inventories of a provider, written together with allocations."""

    generation: int
    stock: Stock


@dataclass(frozen=True, slots=True)
class Allocation:
    """One amount in use; the fields of the consumer are None where it has no record."""

    provider: str
    provider_generation: int
    consumer: str
    class_id: int
    used: int
    consumer_generation: int | None
    project: str | None
    user: str | None
    consumer_type: str | None
    changed_at: datetime


_SELECT = (
    sa.select(
        PROVIDERS.c.uuid,
        PROVIDERS.c.generation,
        ALLOCATIONS.c.consumer_id,
        ALLOCATIONS.c.resource_class_id,
        ALLOCATIONS.c.used,
        CONSUMERS.c.generation,
        PROJECTS.c.external_id,
        USERS.c.external_id,
        CONSUMER_TYPES.c.name,
        stamp.last_change(ALLOCATIONS),
    )
    .select_from(ALLOCATIONS)
    .join(PROVIDERS, PROVIDERS.c.id == ALLOCATIONS.c.resource_provider_id)
    .outerjoin(CONSUMERS, CONSUMERS.c.uuid == ALLOCATIONS.c.consumer_id)
    .outerjoin(PROJECTS, PROJECTS.c.id == CONSUMERS.c.project_id)
    .outerjoin(USERS, USERS.c.id == CONSUMERS.c.user_id)
    .outerjoin(CONSUMER_TYPES, CONSUMER_TYPES.c.id == CONSUMERS.c.consumer_type_id)
    .order_by(ALLOCATIONS.c.id)
)


def of_consumer(connection: sa.Connection, uuid: str) -> list[Allocation]:
    rows = connection.execute(_SELECT.where(ALLOCATIONS.c.consumer_id == uuid))
    return [Allocation(*row) for row in rows]


def of_provider(connection: sa.Connection, provider_id: int) -> list[Allocation]:
    rows = connection.execute(_SELECT.where(ALLOCATIONS.c.resource_provider_id == provider_id))
    return [Allocation(*row) for row in rows]


def delete(connection: sa.Connection, uuid: str, now: datetime) -> None:
    """Free all that a consumer uses, and forget it.  Raises `errors.Missing`."""
    own = ALLOCATIONS.c.consumer_id == uuid
    connection.execute(sa.delete(CONSUMERS).where(CONSUMERS.c.uuid == uuid))
    used = connection.scalars(
        sa.select(PROVIDERS.c.uuid)
        .distinct()
        .join(ALLOCATIONS, ALLOCATIONS.c.resource_provider_id == PROVIDERS.c.id)
        .where(own)
    ).all()
    if not used:
        raise errors.Missing(message=f"No allocations for consumer '{uuid}'")
    held = providers.lock(connection, used)
    connection.execute(sa.delete(ALLOCATIONS).where(own))
    providers.touch(connection, held.values(), now)


def replace(
    connection: sa.Connection,
    writes: Sequence[Write],
    now: datetime,
    *,
    names: Mapping[int, str],
    reshapes: Mapping[str, Reshape] | None = None,
) -> None:
    """Let every consumer of `writes` use what is written there, all or nothing.

    `names` are those of the classes, for the errors.  With `reshapes` ({provider
    uuid: Reshape}) inventories change in the same step.  Raises `errors.BadRequest`
    (unknown provider), `errors.ConcurrentUpdate` (a generation moved),
    `errors.InventoryInUse` or `errors.Clash` (does not fit).
    """
    reshapes = reshapes or {}
    stored = consumers.load(connection, [write.uuid for write in writes])
    consumers.record(connection, writes, stored, now)
    held = _hold(connection, writes, stored, reshapes)
    if stored:
        connection.execute(
            sa.delete(ALLOCATIONS).where(ALLOCATIONS.c.consumer_id.in_(list(stored)))
        )
    _reshape(connection, held, reshapes, now)
    rows = list(_rows(writes, held, now))
    if rows:
        _refuse_excess(connection, rows, held, names)
        connection.execute(sa.insert(ALLOCATIONS), rows)
    _mark(connection, rows, held, reshapes, now)


def _hold(
    connection: sa.Connection,
    writes: Sequence[Write],
    stored: Mapping[str, Stored],
    reshapes: Mapping[str, Reshape],
) -> dict[str, Locked]:
    wanted = {provider for write in writes for provider in write.amounts}
    freed = {provider for before in stored.values() for provider in before.providers}
    everything = wanted | freed | reshapes.keys()
    held = providers.lock(connection, everything) if everything else {}
    for uuid in sorted(reshapes.keys() - held.keys()):
        raise errors.ProviderNamedIsMissing(
            message=f"Resource provider {uuid} in inventories does not exist"
        )
    for uuid in sorted(wanted - held.keys()):
        raise errors.BadRequest(
            message=f"Allocation for resource provider '{uuid}' that does not exist."
        )
    for uuid, reshape in reshapes.items():
        providers.expect(held[uuid], reshape.generation)
    return held


def _reshape(
    connection: sa.Connection,
    held: Mapping[str, Locked],
    reshapes: Mapping[str, Reshape],
    now: datetime,
) -> None:
    for uuid, reshape in reshapes.items():
        gone = inventories.rewrite(connection, held[uuid].id, reshape.stock, now)
        inventories.refuse_used(connection, held[uuid].id, uuid, gone)


def _rows(writes: Sequence[Write], held: Mapping[str, Locked], now: datetime) -> Iterator[_Row]:
    for write in writes:
        for provider, amounts in write.amounts.items():
            for class_id, amount in amounts.items():
                yield {
                    "resource_provider_id": held[provider].id,
                    "resource_class_id": class_id,
                    "consumer_id": write.uuid,
                    "used": amount,
                    "created_at": now,
                    "updated_at": now,
                }


def _refuse_excess(
    connection: sa.Connection,
    rows: Sequence[_Row],
    held: Mapping[str, Locked],
    names: Mapping[int, str],
) -> None:
    wanted: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        key = (row["resource_provider_id"], row["resource_class_id"])
        wanted.setdefault(key, []).append(row["used"])
    stock = inventories.usages(connection, {rp for rp, _ in wanted}, {rc for _, rc in wanted})
    uuids = {one.id: one.uuid for one in held.values()}
    for key, amounts in wanted.items():
        reason = _objection(stock.get(key), amounts)
        if reason:
            raise errors.Clash(
                message="Unable to allocate inventory: Unable to create allocation for "
                f"'{names.get(key[1], key[1])}' on resource provider '{uuids[key[0]]}'. {reason}"
            )


def _objection(stock: Usage | None, amounts: Collection[int]) -> str | None:
    """Why `amounts` cannot be taken together; None when they can."""
    if stock is None:
        return "The provider has no inventory of that class."
    limits = stock.inventory
    for amount in amounts:
        if not limits.min_unit <= amount <= limits.max_unit or amount % limits.step_size:
            return (
                f"The requested amount {amount} violates min_unit {limits.min_unit}, "
                f"max_unit {limits.max_unit} or step_size {limits.step_size}."
            )
    if stock.used + sum(amounts) > limits.capacity:
        return (
            f"The requested amount {sum(amounts)} would exceed the capacity "
            f"({stock.used} of {limits.capacity} used)."
        )
    return None


def _mark(
    connection: sa.Connection,
    rows: Sequence[_Row],
    held: Mapping[str, Locked],
    reshapes: Mapping[str, Reshape],
    now: datetime,
) -> None:
    """A new generation where something was added, a mark where something was only freed."""
    grown = {row["resource_provider_id"] for row in rows} | {held[uuid].id for uuid in reshapes}
    if grown:
        providers.bump(connection, grown, now)
    freed = [one for one in held.values() if one.id not in grown]
    if freed:
        providers.touch(connection, freed, now)
