"""All twelve tables.

The revision carries the id under which this very schema is published, so an
existing database at that revision is taken over without a migration.  The
tables are written out here, not read from `nova.placement.db.schema`: a
migration never changes, the schema does.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "a082b8bb98d0"
down_revision = None


def _table(name: str, *parts: Any, counted: bool = True) -> None:
    op.create_table(
        name,
        *parts,
        sa.Column("created_at", sa.DateTime),
        sa.Column("updated_at", sa.DateTime),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        sqlite_autoincrement=counted,
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, nullable=False)


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _key(name: str, *constraints: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, *constraints, primary_key=True, autoincrement=False)


def _named(table: str, column: str, kind: Any, *, nullable: bool = False) -> None:
    _table(
        table,
        _id(),
        sa.Column(column, kind, nullable=nullable),
        sa.UniqueConstraint(column, name=f"uniq_{table}0{column}"),
    )


def upgrade() -> None:
    _names()
    _providers()
    _memberships()
    _consumption()


def _names() -> None:
    _named("consumer_types", "name", sa.Unicode(255))
    _named("projects", "external_id", sa.String(255))
    _named("users", "external_id", sa.String(255))
    _named("placement_aggregates", "uuid", sa.String(36), nullable=True)
    _named("traits", "name", sa.Unicode(255))
    _table(
        "resource_classes",
        _key("id"),
        sa.Column("name", sa.String(255), nullable=False),
        sa.UniqueConstraint("name", name="uniq_resource_classes0name"),
        counted=False,
    )


def _providers() -> None:
    _table(
        "resource_providers",
        _id(),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("name", sa.Unicode(200)),
        sa.Column("generation", sa.Integer),
        sa.Column("root_provider_id", sa.Integer, sa.ForeignKey("resource_providers.id")),
        sa.Column("parent_provider_id", sa.Integer, sa.ForeignKey("resource_providers.id")),
        sa.UniqueConstraint("uuid", name="uniq_resource_providers0uuid"),
        sa.UniqueConstraint("name", name="uniq_resource_providers0name"),
        sa.Index("resource_providers_root_provider_id_idx", "root_provider_id"),
        sa.Index("resource_providers_parent_provider_id_idx", "parent_provider_id"),
    )
    _table(
        "inventories",
        _id(),
        *_integers("resource_provider_id", "resource_class_id", "total", "reserved"),
        *_integers("min_unit", "max_unit", "step_size"),
        sa.Column("allocation_ratio", sa.Float, nullable=False),
        sa.UniqueConstraint(
            "resource_provider_id",
            "resource_class_id",
            name="uniq_inventories0resource_provider_resource_class",
        ),
        sa.Index("inventories_resource_class_id_idx", "resource_class_id"),
    )


def _memberships() -> None:
    _table(
        "resource_provider_aggregates",
        _key("resource_provider_id"),
        _key("aggregate_id"),
        sa.Index("resource_provider_aggregates_aggregate_id_idx", "aggregate_id"),
        counted=False,
    )
    _table(
        "resource_provider_traits",
        _key("trait_id", sa.ForeignKey("traits.id")),
        _key("resource_provider_id", sa.ForeignKey("resource_providers.id")),
        sa.Index(
            "resource_provider_traits_resource_provider_trait_idx",
            "resource_provider_id",
            "trait_id",
        ),
        counted=False,
    )


def _consumption() -> None:
    _table(
        "consumers",
        _id(),
        sa.Column("uuid", sa.String(36), nullable=False),
        *_integers("project_id", "user_id"),
        sa.Column("generation", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("consumer_type_id", sa.Integer, sa.ForeignKey("consumer_types.id")),
        sa.UniqueConstraint("uuid", name="uniq_consumers0uuid"),
        sa.Index("consumers_consumer_type_id_idx", "consumer_type_id"),
        sa.Index("consumers_project_id_uuid_idx", "project_id", "uuid"),
        sa.Index("consumers_project_id_user_id_uuid_idx", "project_id", "user_id", "uuid"),
    )
    _table(
        "allocations",
        _id(),
        *_integers("resource_provider_id"),
        sa.Column("consumer_id", sa.String(36), nullable=False),
        *_integers("resource_class_id", "used"),
        sa.Index(
            "allocations_resource_provider_class_used_idx",
            "resource_provider_id",
            "resource_class_id",
            "used",
        ),
        sa.Index("allocations_resource_class_id_idx", "resource_class_id"),
        sa.Index("allocations_consumer_id_idx", "consumer_id"),
    )
