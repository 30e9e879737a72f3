"""Indexes for long lists of one project's servers, in their usual order and by name."""

from nova.db.history import add_indexes

revision = "c4b81d5e7a92"
down_revision = "7d2e9a4c1f50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_indexes("instances", [
        ("instances_project_id_deleted_created_at_idx",
         ["project_id", "deleted", "created_at"], False),
        ("instances_project_id_deleted_display_name_idx",
         ["project_id", "deleted", "display_name", "created_at"], False),
    ])  # fmt: skip
