"""Moves of servers between hosts."""

from sqlalchemy import BigInteger, Boolean, Column, Enum, ForeignKey, Index, Integer, Table

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, key, soft_delete, timestamps

migrations = Table(
    "migrations",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("source_compute", NAME),
    Column("dest_compute", NAME),
    Column("source_node", NAME),
    Column("dest_node", NAME),
    Column("dest_compute_id", BigInteger),
    Column("dest_host", NAME),
    Column("old_instance_type_id", Integer),
    Column("new_instance_type_id", Integer),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("uuid", UUID),
    Column("status", NAME),
    Column(
        "migration_type",
        Enum("migration", "resize", "live-migration", "evacuation", name="migration_type"),
    ),
    Column("hidden", Boolean, default=False),
    Column("memory_total", BigInteger),
    Column("memory_processed", BigInteger),
    Column("memory_remaining", BigInteger),
    Column("disk_total", BigInteger),
    Column("disk_processed", BigInteger),
    Column("disk_remaining", BigInteger),
    Column("cross_cell_move", Boolean, default=False),
    Column("user_id", NAME),
    Column("project_id", NAME),
    Index(
        "migrations_by_dest_host_nodes_and_status_idx",
        "deleted",
        "dest_compute",
        "dest_node",
        "status",
    ),
    Index(
        "migrations_by_host_nodes_and_status_idx",
        "deleted",
        "source_compute",
        "dest_compute",
        "source_node",
        "dest_node",
        "status",
    ),
    Index(
        "migrations_by_src_host_nodes_and_status_idx",
        "deleted",
        "source_compute",
        "source_node",
        "status",
    ),
    Index("migrations_dest_compute_id_deleted_idx", "dest_compute_id", "deleted"),
    Index("migrations_instance_uuid_and_status_idx", "deleted", "instance_uuid", "status"),
    Index("migrations_updated_at_idx", "updated_at"),
    Index("migrations_uuid", "uuid", unique=True),
)
