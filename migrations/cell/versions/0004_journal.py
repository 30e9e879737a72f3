"""Instance actions become the journal of operations."""

import sqlalchemy as sa

from nova.db.history import EXACT, LONG_TEXT, NAME, add_columns, add_indexes

revision = "7d2e9a4c1f50"
down_revision = "ab450ba04102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("instance_actions", "shadow_instance_actions"):
        add_columns(table, *_columns())
    add_indexes(
        "instance_actions",
        [
            ("instance_actions_state_idx", ["state"], False),
            ("instance_actions_owner_state_idx", ["owner", "state"], False),
            ("instance_actions_target_state_idx", ["target", "state"], False),
        ],
    )
    add_indexes(
        "instance_actions_events", [("instance_actions_events_action_id_idx", ["action_id"], False)]
    )


def _columns() -> list[sa.Column]:
    return [
        sa.Column("kind", NAME),
        sa.Column("version", sa.String(16)),
        sa.Column("state", sa.String(16)),
        sa.Column("hold", sa.String(16)),
        sa.Column("cursor", sa.Integer),
        sa.Column("target", NAME),
        sa.Column("owner", NAME),
        sa.Column("lease_expires_at", EXACT),
        sa.Column("deadline", EXACT),
        sa.Column("attempts", sa.Integer),
        sa.Column("arguments", LONG_TEXT),
        sa.Column("progress", LONG_TEXT),
    ]
