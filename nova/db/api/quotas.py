"""Limits that an operator set; the other tables are there for older tools."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Executable,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    literal,
    select,
    union_all,
    update,
)

from nova.db.api.schema import METADATA
from nova.db.columns import NAME, UUID, Moment, key, timestamps
from nova.db.engine import Database

quotas = Table(
    "quotas",
    METADATA,
    key(),
    *timestamps(),
    Column("project_id", NAME),
    Column("resource", NAME, nullable=False),
    Column("hard_limit", Integer),
    UniqueConstraint("project_id", "resource", name="uniq_quotas0project_id0resource"),
)

project_user_quotas = Table(
    "project_user_quotas",
    METADATA,
    key(),
    *timestamps(),
    Column("project_id", NAME, nullable=False),
    Column("user_id", NAME, nullable=False),
    Column("resource", NAME, nullable=False),
    Column("hard_limit", Integer),
    UniqueConstraint(
        "user_id",
        "project_id",
        "resource",
        name="uniq_project_user_quotas0user_id0project_id0resource",
    ),
    Index("project_user_quotas_project_id_idx", "project_id"),
    Index("project_user_quotas_user_id_idx", "user_id"),
)

quota_classes = Table(
    "quota_classes",
    METADATA,
    key(),
    *timestamps(),
    Column("class_name", NAME),
    Column("resource", NAME),
    Column("hard_limit", Integer),
    Index("quota_classes_class_name_idx", "class_name"),
)

quota_usages = Table(
    "quota_usages",
    METADATA,
    key(),
    *timestamps(),
    Column("project_id", NAME),
    Column("user_id", NAME),
    Column("resource", NAME, nullable=False),
    Column("in_use", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("until_refresh", Integer),
    Index("quota_usages_project_id_idx", "project_id"),
    Index("quota_usages_user_id_idx", "user_id"),
)

reservations = Table(
    "reservations",
    METADATA,
    key(),
    *timestamps(),
    Column("uuid", UUID, nullable=False),
    Column("usage_id", Integer, ForeignKey("quota_usages.id"), nullable=False),
    Column("project_id", NAME),
    Column("user_id", NAME),
    Column("resource", NAME),
    Column("delta", Integer, nullable=False),
    Column("expire", Moment),
    Index("reservations_expire_idx", "expire"),
    Index("reservations_project_id_idx", "project_id"),
    Index("reservations_user_id_idx", "user_id"),
    Index("reservations_uuid_idx", "uuid"),
)

_USERS = project_user_quotas.c
_OF_PROJECT = select(literal(1).label("rank"), quotas.c.resource, quotas.c.hard_limit).where(
    quotas.c.project_id == bindparam("project")
)
# A user's own limits come last, so that they win.
_OF_USER = union_all(
    _OF_PROJECT,
    select(literal(2).label("rank"), _USERS.resource, _USERS.hard_limit).where(
        _USERS.project_id == bindparam("project"), _USERS.user_id == bindparam("user")
    ),
).order_by("rank")
_OF_CLASS = select(literal(1), quota_classes.c.resource, quota_classes.c.hard_limit).where(
    quota_classes.c.class_name == bindparam("name")
)
# Rows of quota_usages that projects share as locks; see `take_turns`.
TURNS = 1024
_TURN = (
    update(quota_usages)
    .where(quota_usages.c.id == bindparam("turn"))
    .values(updated_at=bindparam("now"))
)


class Quotas:
    """`objects.store.api.Quotas` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def limits(self, project_id: str, user_id: str | None = None) -> dict[str, int]:
        if user_id is None:
            return _limits(self._ask(_OF_PROJECT, {"project": project_id}))
        return self.both(project_id, user_id)[1]

    def both(self, project_id: str, user_id: str) -> tuple[dict[str, int], dict[str, int]]:
        rows = self._ask(_OF_USER, {"project": project_id, "user": user_id})
        return _limits(row for row in rows if row.rank == 1), _limits(rows)

    def class_limits(self, quota_class: str) -> dict[str, int]:
        return _limits(self._ask(_OF_CLASS, {"name": quota_class}))

    def set(
        self, project_id: str, limits: Mapping[str, int], user_id: str | None = None
    ) -> None:
        if user_id is None:
            self._write(quotas, {"project_id": project_id}, limits)
        else:
            owner = {"project_id": project_id, "user_id": user_id}
            self._write(project_user_quotas, owner, limits)

    def set_class(self, quota_class: str, limits: Mapping[str, int]) -> None:
        self._write(quota_classes, {"class_name": quota_class}, limits)

    def drop(self, project_id: str, user_id: str | None = None) -> None:
        of_users = delete(project_user_quotas).where(_USERS.project_id == project_id)
        if user_id is not None:
            of_users = of_users.where(_USERS.user_id == user_id)

        def work(connection: Connection) -> None:
            connection.execute(of_users)
            if user_id is None:
                connection.execute(delete(quotas).where(quotas.c.project_id == project_id))

        self._database.write(work)

    def _ask(self, query: Executable, given: dict[str, str]) -> Sequence[Any]:
        return self._database.read(lambda connection: connection.execute(query, given).all())

    def _write(self, table: Table, owner: Mapping[str, str], limits: Mapping[str, int]) -> None:
        now = self._database.clock.now()

        def work(connection: Connection) -> None:
            for resource, limit in limits.items():
                _put(connection, table, {**owner, "resource": resource}, limit, now)

        self._database.write(work)


def _limits(rows: Iterable[Any]) -> dict[str, int]:
    return {resource: limit for _, resource, limit in rows if limit is not None}


def _put(
    connection: Connection, table: Table, where: Mapping[str, Any], limit: int, now: datetime
) -> None:
    conditions = [table.c[name] == value for name, value in where.items()]
    changed = update(table).where(*conditions).values(hard_limit=limit, updated_at=now)
    if connection.execute(changed).rowcount == 0:
        connection.execute(
            insert(table).values(**where, hard_limit=limit, created_at=now)
        )


def turn_of(name: str) -> int:
    return 1 + zlib.crc32(name.encode()) % TURNS


def take_turns(connection: Connection, names: Iterable[str], now: datetime) -> None:
    """From here to the end of the transaction nobody else has a turn of these names: with a
    project's id, nobody else records creates of the project.

    So ids of build requests rise in the order of commits, which is the order in which
    creates are let through.  The row is there for the lock only; names whose numbers
    collide wait for each other.  The very first of a number may raise Duplicate when
    somebody else makes the row: then it is there, and the transaction can be done again.
    """
    for number in sorted({turn_of(name) for name in names}):
        _take_turn(connection, number, now)


def _take_turn(connection: Connection, number: int, now: datetime) -> None:
    given = {"turn": number, "now": now}
    if connection.execute(_TURN, given).rowcount == 0:
        connection.execute(
            insert(quota_usages).values(
                id=given["turn"], resource="turn", in_use=0, reserved=0, created_at=now
            )
        )
