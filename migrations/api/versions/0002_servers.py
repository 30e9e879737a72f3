"""Requests, mappings, groups and quotas.

The schema is now that of release 34, whose last revision this one is named after:
a database of that release goes on from here.
"""

import sqlalchemy as sa

from nova.db.history import LONG_TEXT, NAME, UUID, create, key, timestamps

revision = "cdeec0c85668"
down_revision = "c27a90f1e83b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _requests()
    _groups()
    _quotas()


def _requests() -> None:
    create(
        "build_requests",
        key(),
        *timestamps(),
        sa.Column("instance_uuid", UUID),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("instance", LONG_TEXT),
        sa.Column("block_device_mappings", LONG_TEXT),
        sa.Column("tags", sa.Text),
        sa.UniqueConstraint("instance_uuid", name="uniq_build_requests0instance_uuid"),
        indexes=[
            ("build_requests_instance_uuid_idx", ["instance_uuid"], False),
            ("build_requests_project_id_idx", ["project_id"], False),
        ],
    )
    create(
        "request_specs",
        key(),
        *timestamps(),
        sa.Column("instance_uuid", UUID, nullable=False),
        sa.Column("spec", LONG_TEXT, nullable=False),
        sa.UniqueConstraint("instance_uuid", name="uniq_request_specs0instance_uuid"),
        indexes=[
            ("request_spec_instance_uuid_idx", ["instance_uuid"], False),
        ],
    )
    create(
        "instance_mappings",
        key(),
        *timestamps(),
        sa.Column("instance_uuid", UUID, nullable=False),
        sa.Column("cell_id", sa.Integer, sa.ForeignKey("cell_mappings.id")),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("user_id", NAME),
        sa.Column("queued_for_delete", sa.Boolean),
        sa.UniqueConstraint("instance_uuid", name="uniq_instance_mappings0instance_uuid"),
        indexes=[
            ("instance_mappings_user_id_project_id_idx", ["user_id", "project_id"], False),
            ("instance_uuid_idx", ["instance_uuid"], False),
            ("project_id_idx", ["project_id"], False),
        ],
    )


def _groups() -> None:
    create(
        "instance_groups",
        key(),
        *timestamps(),
        sa.Column("user_id", NAME),
        sa.Column("project_id", NAME),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("name", NAME),
        sa.UniqueConstraint("uuid", name="uniq_instance_groups0uuid"),
    )
    create(
        "instance_group_member",
        key(),
        *timestamps(),
        sa.Column("instance_uuid", NAME),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("instance_groups.id"), nullable=False),
        indexes=[
            ("instance_group_member_instance_idx", ["instance_uuid"], False),
        ],
    )
    create(
        "instance_group_policy",
        key(),
        *timestamps(),
        sa.Column("policy", NAME),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("instance_groups.id"), nullable=False),
        sa.Column("rules", sa.Text),
        indexes=[
            ("instance_group_policy_policy_idx", ["policy"], False),
        ],
    )


def _quotas() -> None:
    create(
        "quotas",
        key(),
        *timestamps(),
        sa.Column("project_id", NAME),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("hard_limit", sa.Integer),
        sa.UniqueConstraint("project_id", "resource", name="uniq_quotas0project_id0resource"),
    )
    create(
        "project_user_quotas",
        key(),
        *timestamps(),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("hard_limit", sa.Integer),
        sa.UniqueConstraint(
            "user_id",
            "project_id",
            "resource",
            name="uniq_project_user_quotas0user_id0project_id0resource",
        ),
        indexes=[
            ("project_user_quotas_project_id_idx", ["project_id"], False),
            ("project_user_quotas_user_id_idx", ["user_id"], False),
        ],
    )
    create(
        "quota_classes",
        key(),
        *timestamps(),
        sa.Column("class_name", NAME),
        sa.Column("resource", NAME),
        sa.Column("hard_limit", sa.Integer),
        indexes=[
            ("quota_classes_class_name_idx", ["class_name"], False),
        ],
    )
    create(
        "quota_usages",
        key(),
        *timestamps(),
        sa.Column("project_id", NAME),
        sa.Column("user_id", NAME),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("in_use", sa.Integer, nullable=False),
        sa.Column("reserved", sa.Integer, nullable=False),
        sa.Column("until_refresh", sa.Integer),
        indexes=[
            ("quota_usages_project_id_idx", ["project_id"], False),
            ("quota_usages_user_id_idx", ["user_id"], False),
        ],
    )
    create(
        "reservations",
        key(),
        *timestamps(),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("usage_id", sa.Integer, sa.ForeignKey("quota_usages.id"), nullable=False),
        sa.Column("project_id", NAME),
        sa.Column("user_id", NAME),
        sa.Column("resource", NAME),
        sa.Column("delta", sa.Integer, nullable=False),
        sa.Column("expire", sa.DateTime),
        indexes=[
            ("reservations_expire_idx", ["expire"], False),
            ("reservations_project_id_idx", ["project_id"], False),
            ("reservations_user_id_idx", ["user_id"], False),
            ("reservations_uuid_idx", ["uuid"], False),
        ],
    )
