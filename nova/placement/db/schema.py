"""The tables of the placement database.

Names, types and indexes are the published ones, so that an existing database
is taken over as it is.  `sqlite_autoincrement` keeps SQLite from giving the id
of a deleted row to a new one: `search.feed` relies on ids being used once.
"""

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()

INT_MAX = 0x7FFFFFFF


def _table(name: str, *parts: Any, counted: bool = True) -> sa.Table:
    return sa.Table(
        name,
        METADATA,
        *parts,
        sa.Column("created_at", sa.DateTime),
        sa.Column("updated_at", sa.DateTime),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        sqlite_autoincrement=counted,
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, nullable=False)


def _number(name: str, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, **more)


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=f"uniq_{table}0{column}")


PROVIDERS = _table(
    "resource_providers",
    _id(),
    sa.Column("uuid", sa.String(36), nullable=False),
    sa.Column("name", sa.Unicode(200)),
    sa.Column("generation", sa.Integer, default=0),
    sa.Column("root_provider_id", sa.Integer, sa.ForeignKey("resource_providers.id")),
    sa.Column("parent_provider_id", sa.Integer, sa.ForeignKey("resource_providers.id")),
    _unique("resource_providers", "uuid"),
    _unique("resource_providers", "name"),
    sa.Index("resource_providers_root_provider_id_idx", "root_provider_id"),
    sa.Index("resource_providers_parent_provider_id_idx", "parent_provider_id"),
)

INVENTORIES = _table(
    "inventories",
    _id(),
    _number("resource_provider_id"),
    _number("resource_class_id"),
    _number("total"),
    _number("reserved"),
    _number("min_unit"),
    _number("max_unit"),
    _number("step_size"),
    sa.Column("allocation_ratio", sa.Float, nullable=False),
    sa.UniqueConstraint(
        "resource_provider_id",
        "resource_class_id",
        name="uniq_inventories0resource_provider_resource_class",
    ),
    sa.Index("inventories_resource_class_id_idx", "resource_class_id"),
)

ALLOCATIONS = _table(
    "allocations",
    _id(),
    _number("resource_provider_id"),
    sa.Column("consumer_id", sa.String(36), nullable=False),
    _number("resource_class_id"),
    _number("used"),
    sa.Index(
        "allocations_resource_provider_class_used_idx",
        "resource_provider_id",
        "resource_class_id",
        "used",
    ),
    sa.Index("allocations_resource_class_id_idx", "resource_class_id"),
    sa.Index("allocations_consumer_id_idx", "consumer_id"),
)

CONSUMER_TYPES = _table(
    "consumer_types",
    _id(),
    sa.Column("name", sa.Unicode(255), nullable=False),
    _unique("consumer_types", "name"),
)

CONSUMERS = _table(
    "consumers",
    _id(),
    sa.Column("uuid", sa.String(36), nullable=False),
    _number("project_id"),
    _number("user_id"),
    _number("generation", default=0, server_default=sa.text("0")),
    sa.Column("consumer_type_id", sa.Integer, sa.ForeignKey("consumer_types.id")),
    _unique("consumers", "uuid"),
    sa.Index("consumers_consumer_type_id_idx", "consumer_type_id"),
    sa.Index("consumers_project_id_uuid_idx", "project_id", "uuid"),
    sa.Index("consumers_project_id_user_id_uuid_idx", "project_id", "user_id", "uuid"),
)

PROJECTS = _table(
    "projects",
    _id(),
    sa.Column("external_id", sa.String(255), nullable=False),
    _unique("projects", "external_id"),
)

USERS = _table(
    "users",
    _id(),
    sa.Column("external_id", sa.String(255), nullable=False),
    _unique("users", "external_id"),
)

AGGREGATES = _table(
    "placement_aggregates",
    _id(),
    sa.Column("uuid", sa.String(36)),
    _unique("placement_aggregates", "uuid"),
)

PROVIDER_AGGREGATES = _table(
    "resource_provider_aggregates",
    sa.Column("resource_provider_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("aggregate_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index("resource_provider_aggregates_aggregate_id_idx", "aggregate_id"),
    counted=False,
)

# The ids of standard classes are positions in the published list, beginning
# with 0, so the database must not count them itself.
CLASSES = _table(
    "resource_classes",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(255), nullable=False),
    _unique("resource_classes", "name"),
    counted=False,
)

TRAITS = _table(
    "traits",
    _id(),
    sa.Column("name", sa.Unicode(255), nullable=False),
    _unique("traits", "name"),
)

PROVIDER_TRAITS = _table(
    "resource_provider_traits",
    sa.Column(
        "trait_id", sa.Integer, sa.ForeignKey("traits.id"), primary_key=True, autoincrement=False
    ),
    sa.Column(
        "resource_provider_id",
        sa.Integer,
        sa.ForeignKey("resource_providers.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Index(
        "resource_provider_traits_resource_provider_trait_idx", "resource_provider_id", "trait_id"
    ),
    counted=False,
)
