"""Limits that an operator set; the other tables are there for older tools."""

from sqlalchemy import (
    Column,
    Executable,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    literal,
    select,
    union_all,
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
    select(literal(2), _USERS.resource, _USERS.hard_limit).where(
        _USERS.project_id == bindparam("project"), _USERS.user_id == bindparam("user")
    ),
).order_by("rank")
_OF_CLASS = select(literal(1), quota_classes.c.resource, quota_classes.c.hard_limit).where(
    quota_classes.c.class_name == bindparam("name")
)


class Quotas:
    """`objects.store.api.Quotas` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def limits(self, project_id: str, user_id: str | None = None) -> dict[str, int]:
        if user_id is None:
            return self._ask(_OF_PROJECT, {"project": project_id})
        return self._ask(_OF_USER, {"project": project_id, "user": user_id})

    def class_limits(self, quota_class: str) -> dict[str, int]:
        return self._ask(_OF_CLASS, {"name": quota_class})

    def _ask(self, query: Executable, given: dict[str, str]) -> dict[str, int]:
        rows = self._database.read(lambda connection: connection.execute(query, given).all())
        return {resource: limit for _, resource, limit in rows if limit is not None}
