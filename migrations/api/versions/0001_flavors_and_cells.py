"""Flavors, key pairs, cells and aggregates."""

import sqlalchemy as sa

from nova.db.history import NAME, UUID, create, key, timestamps

revision = "c27a90f1e83b"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _flavors()
    _cells()
    _aggregates()


def _flavors() -> None:
    create(
        "flavors",
        key(),
        *timestamps(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("memory_mb", sa.Integer, nullable=False),
        sa.Column("vcpus", sa.Integer, nullable=False),
        sa.Column("root_gb", sa.Integer),
        sa.Column("ephemeral_gb", sa.Integer),
        sa.Column("flavorid", NAME, nullable=False),
        sa.Column("swap", sa.Integer, nullable=False),
        sa.Column("rxtx_factor", sa.Float),
        sa.Column("vcpu_weight", sa.Integer),
        sa.Column("disabled", sa.Boolean),
        sa.Column("is_public", sa.Boolean),
        sa.Column("description", sa.Text),
        sa.UniqueConstraint("flavorid", name="uniq_flavors0flavorid"),
        sa.UniqueConstraint("name", name="uniq_flavors0name"),
    )
    create(
        "flavor_extra_specs",
        key(),
        *timestamps(),
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", NAME),
        sa.Column("flavor_id", sa.Integer, sa.ForeignKey("flavors.id"), nullable=False),
        sa.UniqueConstraint("flavor_id", "key", name="uniq_flavor_extra_specs0flavor_id0key"),
        indexes=[
            ("flavor_extra_specs_flavor_id_key_idx", ["flavor_id", "key"], False),
        ],
    )
    create(
        "flavor_projects",
        key(),
        *timestamps(),
        sa.Column("flavor_id", sa.Integer, sa.ForeignKey("flavors.id"), nullable=False),
        sa.Column("project_id", NAME, nullable=False),
        sa.UniqueConstraint(
            "flavor_id", "project_id", name="uniq_flavor_projects0flavor_id0project_id"
        ),
    )
    create(
        "key_pairs",
        key(),
        *timestamps(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("fingerprint", NAME),
        sa.Column("public_key", sa.Text),
        sa.Column(
            "type",
            sa.Enum("ssh", "x509", name="keypair_types"),
            nullable=False,
            server_default="ssh",
        ),
        sa.UniqueConstraint("user_id", "name", name="uniq_key_pairs0user_id0name"),
    )


def _cells() -> None:
    create(
        "cell_mappings",
        key(),
        *timestamps(),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("name", NAME),
        sa.Column("transport_url", sa.Text),
        sa.Column("database_connection", sa.Text),
        sa.Column("disabled", sa.Boolean),
        sa.UniqueConstraint("uuid", name="uniq_cell_mappings0uuid"),
        indexes=[
            ("uuid_idx", ["uuid"], False),
        ],
    )
    create(
        "host_mappings",
        key(),
        *timestamps(),
        sa.Column("cell_id", sa.Integer, sa.ForeignKey("cell_mappings.id"), nullable=False),
        sa.Column("host", NAME, nullable=False),
        sa.UniqueConstraint("host", name="uniq_host_mappings0host"),
        indexes=[
            ("host_idx", ["host"], False),
        ],
    )


def _aggregates() -> None:
    create(
        "aggregates",
        key(),
        *timestamps(),
        sa.Column("uuid", UUID),
        sa.Column("name", NAME),
        sa.UniqueConstraint("name", name="uniq_aggregate0name"),
        indexes=[
            ("aggregate_uuid_idx", ["uuid"], False),
        ],
    )
    create(
        "aggregate_hosts",
        key(),
        *timestamps(),
        sa.Column("host", NAME),
        sa.Column("aggregate_id", sa.Integer, sa.ForeignKey("aggregates.id"), nullable=False),
        sa.UniqueConstraint("host", "aggregate_id", name="uniq_aggregate_hosts0host0aggregate_id"),
    )
    create(
        "aggregate_metadata",
        key(),
        *timestamps(),
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", NAME, nullable=False),
        sa.Column("aggregate_id", sa.Integer, sa.ForeignKey("aggregates.id"), nullable=False),
        sa.UniqueConstraint("aggregate_id", "key", name="uniq_aggregate_metadata0aggregate_id0key"),
        indexes=[
            ("aggregate_metadata_key_idx", ["key"], False),
        ],
    )
