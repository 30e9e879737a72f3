"""Build requests become the journal of creates that have no cell yet."""

import sqlalchemy as sa

from nova.db.history import EXACT, LONG_TEXT, NAME, add_columns, add_indexes

revision = "2e8b6f0d4c97"
down_revision = "cdeec0c85668"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_columns(
        "build_requests",
        sa.Column("request_id", NAME),
        sa.Column("arguments", LONG_TEXT),
        sa.Column("owner", NAME),
        sa.Column("lease_expires_at", EXACT),
        sa.Column("deadline", EXACT),
        sa.Column("attempts", sa.Integer),
    )
    add_indexes("build_requests", [("build_requests_owner_idx", ["owner"], False)])
