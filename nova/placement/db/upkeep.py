"""Repairs of data that older releases left behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nova.core.clock import Clock
from nova.placement.db import stamp
from nova.placement.db.schema import ALLOCATIONS, CONSUMERS, PROJECTS, PROVIDERS, USERS


@dataclass(frozen=True, slots=True)
class Migration:
    """`run(connection, most)` gives rows found and rows changed, both up to `most`."""

    name: str
    run: Callable[[sa.Connection, int], tuple[int, int]]


def migrations(clock: Clock, project: str, user: str) -> Sequence[Migration]:
    """`project` and `user` are the external ids given to consumers that have none."""

    def create_incomplete_consumers(connection: sa.Connection, most: int) -> tuple[int, int]:
        return _create_consumers(connection, most, clock, project, user)

    def set_root_provider_ids(connection: sa.Connection, most: int) -> tuple[int, int]:
        return _set_roots(connection, most, clock)

    steps = (set_root_provider_ids, create_incomplete_consumers)
    return tuple(Migration(step.__name__, step) for step in steps)


def providers_without_root(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(PROVIDERS.c.root_provider_id.is_(None))
    return int(connection.scalar(query) or 0)


def allocations_without_consumer(connection: sa.Connection) -> int:
    """How many consumers have allocations but no record."""
    query = sa.select(sa.func.count(sa.distinct(ALLOCATIONS.c.consumer_id)))
    return int(connection.scalar(query.select_from(_JOINED).where(CONSUMERS.c.id.is_(None))) or 0)


_JOINED = sa.outerjoin(ALLOCATIONS, CONSUMERS, CONSUMERS.c.uuid == ALLOCATIONS.c.consumer_id)


def _create_consumers(
    connection: sa.Connection, most: int, clock: Clock, project: str, user: str
) -> tuple[int, int]:
    missing = connection.scalars(
        sa.select(ALLOCATIONS.c.consumer_id)
        .distinct()
        .select_from(_JOINED)
        .where(CONSUMERS.c.id.is_(None))
        .limit(most)
    ).all()
    if not missing:
        return 0, 0
    now = stamp.now(clock)
    owner = {
        "project_id": _key(connection, PROJECTS, project),
        "user_id": _key(connection, USERS, user),
        "generation": 0,
        "created_at": now,
    }
    connection.execute(sa.insert(CONSUMERS), [{"uuid": uuid, **owner} for uuid in missing])
    return len(missing), len(missing)


def _key(connection: sa.Connection, table: sa.Table, name: str) -> int:
    query = sa.select(table.c.id).where(table.c.external_id == name)
    found = connection.scalar(query)
    if found is None:
        connection.execute(sa.insert(table), {"external_id": name})
        found = connection.execute(query).scalar_one()
    return int(found)


def _set_roots(connection: sa.Connection, most: int, clock: Clock) -> tuple[int, int]:
    """A provider without root gets that of its parent, or itself."""
    parent = PROVIDERS.alias("parent")
    rows = connection.execute(
        sa.select(PROVIDERS.c.id, PROVIDERS.c.updated_at, parent.c.root_provider_id)
        .select_from(sa.outerjoin(PROVIDERS, parent, parent.c.id == PROVIDERS.c.parent_provider_id))
        .where(PROVIDERS.c.root_provider_id.is_(None))
        .where(PROVIDERS.c.parent_provider_id.is_(None) | parent.c.root_provider_id.is_not(None))
        .limit(most)
    ).all()
    for number, seen, root in rows:
        connection.execute(
            sa.update(PROVIDERS)
            .where(PROVIDERS.c.id == number)
            .values(
                root_provider_id=root or number,
                updated_at=stamp.after(stamp.now(clock), seen),
            )
        )
    return len(rows), len(rows)
