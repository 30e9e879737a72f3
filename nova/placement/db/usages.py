"""Totals of what projects use."""

from dataclasses import dataclass

import sqlalchemy as sa

from nova.placement.db.schema import ALLOCATIONS, CONSUMER_TYPES, CONSUMERS, PROJECTS, USERS

UNKNOWN = "unknown"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Total:
    """What the consumers of one type use: {class id: amount}, and how many they are."""

    used: dict[int, int]
    consumers: int


def totals(
    connection: sa.Connection, project: str, user: str | None, consumer_type: str | None
) -> dict[str, Total]:
    """{type name: Total}; everything under `ALL` when that is the type asked for."""
    together = consumer_type == ALL
    kind: sa.ColumnElement[str] = (
        sa.literal(ALL) if together else sa.func.coalesce(CONSUMER_TYPES.c.name, UNKNOWN)
    )
    where = _where(project, user, None if together else consumer_type)
    grouping = [] if together else [CONSUMER_TYPES.c.name]
    used = connection.execute(
        sa.select(kind, ALLOCATIONS.c.resource_class_id, sa.func.sum(ALLOCATIONS.c.used))
        .select_from(_joined())
        .where(*where)
        .group_by(ALLOCATIONS.c.resource_class_id, *grouping)
        .order_by(ALLOCATIONS.c.resource_class_id)
    ).all()
    counts = connection.execute(
        sa.select(kind, sa.func.count(sa.distinct(CONSUMERS.c.uuid)))
        .select_from(_joined())
        .where(*where)
        .group_by(*grouping)
    ).all()
    found = {name: Total({}, int(count)) for name, count in counts if count}
    for name, class_id, amount in used:
        found[name].used[class_id] = int(amount)
    return found


def _joined() -> sa.FromClause:
    return (
        sa.join(ALLOCATIONS, CONSUMERS, CONSUMERS.c.uuid == ALLOCATIONS.c.consumer_id)
        .join(PROJECTS, PROJECTS.c.id == CONSUMERS.c.project_id)
        .join(USERS, USERS.c.id == CONSUMERS.c.user_id)
        .outerjoin(CONSUMER_TYPES, CONSUMER_TYPES.c.id == CONSUMERS.c.consumer_type_id)
    )


def _where(
    project: str, user: str | None, consumer_type: str | None
) -> list[sa.ColumnElement[bool]]:
    clauses = [PROJECTS.c.external_id == project]
    if user is not None:
        clauses.append(USERS.c.external_id == user)
    if consumer_type == UNKNOWN:
        clauses.append(CONSUMERS.c.consumer_type_id.is_(None))
    elif consumer_type is not None:
        clauses.append(CONSUMER_TYPES.c.name == consumer_type)
    return clauses
