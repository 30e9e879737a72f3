"""Decisions of the scheduler, and where it decided members of groups to be."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from nova.db.history import EXACT, NAME, UUID, add_columns, create

revision = "5d1c8e7ab340"
down_revision = "2e8b6f0d4c97"
branch_labels = None
depends_on = None

BLOB = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


def upgrade() -> None:
    create(
        "scheduling_decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True,
                  autoincrement=True),
        sa.Column("created_at", EXACT, nullable=False),
        sa.Column("instance_uuid", UUID, nullable=False),
        sa.Column("request_id", NAME),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("host", NAME),
        sa.Column("node", NAME),
        sa.Column("reason", NAME),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("hosts", BLOB),
        indexes=[
            ("scheduling_decisions_instance_uuid_idx", ["instance_uuid"], False),
            ("scheduling_decisions_created_at_idx", ["created_at"], False),
        ],
    )
    add_columns(
        "instance_group_member",
        sa.Column("host", NAME),
        sa.Column("decided_at", EXACT),
    )
