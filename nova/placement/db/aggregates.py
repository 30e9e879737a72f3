"""Aggregates: groups of providers, which exist only as they are used."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement.db import providers
from nova.placement.db.schema import AGGREGATES, PROVIDER_AGGREGATES


def of_provider(connection: sa.Connection, provider_id: int) -> list[str]:
    query = (
        sa.select(AGGREGATES.c.uuid)
        .join(PROVIDER_AGGREGATES, PROVIDER_AGGREGATES.c.aggregate_id == AGGREGATES.c.id)
        .where(PROVIDER_AGGREGATES.c.resource_provider_id == provider_id)
        .order_by(AGGREGATES.c.uuid)
    )
    return list(connection.scalars(query))


def replace(
    connection: sa.Connection,
    uuid: str,
    aggregates: Collection[str],
    generation: int | None,
    now: datetime,
    *,
    counts: bool,
) -> int:
    """The generation afterwards; it moves only if this change `counts` as one.

    Raises `errors.Missing` or `errors.ConcurrentUpdate`.
    """
    held = providers.lock_one(connection, uuid)
    if generation is not None:
        providers.expect(held, generation)
    wanted = _ids(connection, aggregates, now)
    link = PROVIDER_AGGREGATES.c
    own = link.resource_provider_id == held.id
    present = set(connection.scalars(sa.select(link.aggregate_id).where(own)))
    if present - wanted:
        connection.execute(
            sa.delete(PROVIDER_AGGREGATES).where(own, link.aggregate_id.in_(present - wanted))
        )
    if wanted - present:
        connection.execute(
            sa.insert(PROVIDER_AGGREGATES),
            [
                {"resource_provider_id": held.id, "aggregate_id": number, "created_at": now}
                for number in sorted(wanted - present)
            ],
        )
    if counts:
        providers.bump(connection, [held.id], now)
        return held.generation + 1
    providers.touch(connection, [held], now)
    return held.generation


def _ids(connection: sa.Connection, uuids: Collection[str], now: datetime) -> set[int]:
    """The ids of `uuids`, which are added where missing."""
    known = _known(connection, uuids)
    for uuid in sorted(set(uuids) - known.keys()):
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(AGGREGATES), {"uuid": uuid, "created_at": now})
        except exc.IntegrityError:
            pass  # somebody else added it just now
    if known.keys() != set(uuids):
        known = _known(connection, uuids)
    return set(known.values())


def _known(connection: sa.Connection, uuids: Collection[str]) -> dict[str, int]:
    if not uuids:
        return {}
    query = sa.select(AGGREGATES.c.uuid, AGGREGATES.c.id).where(AGGREGATES.c.uuid.in_(set(uuids)))
    return dict(connection.execute(query).all())
