"""Traits: the names, and which providers have them."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement import errors
from nova.placement.db import providers, stamp
from nova.placement.db.schema import PROVIDER_TRAITS, TRAITS

CUSTOM = "CUSTOM_"

Dated = list[tuple[str, datetime | None]]
"""Names with the time of their last change."""


def find(
    connection: sa.Connection,
    *,
    names: Collection[str] | None = None,
    prefix: str | None = None,
    associated: bool | None = None,
) -> Dated:
    """Traits matching all that is given, by id."""
    query = sa.select(TRAITS.c.name, stamp.last_change(TRAITS)).order_by(TRAITS.c.id)
    if names is not None:
        query = query.where(TRAITS.c.name.in_(names))
    if prefix is not None:
        query = query.where(TRAITS.c.name.startswith(prefix, autoescape=True))
    if associated is not None:
        used = sa.exists().where(PROVIDER_TRAITS.c.trait_id == TRAITS.c.id)
        query = query.where(used if associated else ~used)
    return [(row[0], row[1]) for row in connection.execute(query)]


def add(connection: sa.Connection, name: str, now: datetime) -> bool:
    """False when it was there already."""
    if find(connection, names=[name]):
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(TRAITS), {"name": name, "created_at": now})
    except exc.IntegrityError:
        return False
    return True


def delete(connection: sa.Connection, name: str) -> None:
    """Raises `errors.BadRequest` (standard), `errors.Missing` or `errors.Clash` (in use)."""
    if not name.startswith(CUSTOM):
        raise errors.BadRequest(message=f"Cannot delete standard trait {name}.")
    number = connection.scalar(sa.select(TRAITS.c.id).where(TRAITS.c.name == name))
    if number is None:
        raise errors.Missing(message=f"No such trait {name}.")
    used = sa.select(PROVIDER_TRAITS.c.trait_id).where(PROVIDER_TRAITS.c.trait_id == number)
    in_use = errors.Clash(message=f"The trait {name} is in use by a resource provider.")
    if connection.execute(used.limit(1)).first() is not None:
        raise in_use
    try:
        connection.execute(sa.delete(TRAITS).where(TRAITS.c.id == number))
    except exc.IntegrityError as error:
        raise in_use from error


def of_provider(connection: sa.Connection, provider_id: int) -> Dated:
    query = (
        sa.select(TRAITS.c.name, stamp.last_change(TRAITS))
        .join(PROVIDER_TRAITS, PROVIDER_TRAITS.c.trait_id == TRAITS.c.id)
        .where(PROVIDER_TRAITS.c.resource_provider_id == provider_id)
        .order_by(TRAITS.c.id)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def replace(
    connection: sa.Connection,
    uuid: str,
    names: Collection[str],
    generation: int | None,
    now: datetime,
) -> tuple[int, Dated]:
    """The new generation and the traits; nothing changes when they are as they were.

    Raises `errors.Missing`, `errors.ConcurrentUpdate` or `errors.BadRequest` (no such trait).
    """
    held = providers.lock_one(connection, uuid)
    if generation is not None:
        providers.expect(held, generation)
    wanted = _ids(connection, names)
    link = PROVIDER_TRAITS.c
    own = link.resource_provider_id == held.id
    present = set(connection.scalars(sa.select(link.trait_id).where(own)))
    if wanted == present:
        return held.generation, of_provider(connection, held.id)
    if present - wanted:
        connection.execute(
            sa.delete(PROVIDER_TRAITS).where(own, link.trait_id.in_(present - wanted))
        )
    if wanted - present:
        connection.execute(
            sa.insert(PROVIDER_TRAITS),
            [
                {"resource_provider_id": held.id, "trait_id": number, "created_at": now}
                for number in sorted(wanted - present)
            ],
        )
    providers.bump(connection, [held.id], now)
    return held.generation + 1, of_provider(connection, held.id)


def _ids(connection: sa.Connection, names: Collection[str]) -> set[int]:
    if not names:
        return set()
    rows = connection.execute(
        sa.select(TRAITS.c.id, TRAITS.c.name).where(TRAITS.c.name.in_(names))
    ).all()
    unknown = set(names) - {name for _, name in rows}
    if unknown:
        raise errors.BadRequest(message=f"No such trait {', '.join(sorted(unknown))}.")
    return {number for number, _ in rows}
