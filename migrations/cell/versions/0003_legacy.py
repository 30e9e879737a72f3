"""Tables that older tools expect.

The schema is now that of release 34, whose last revision this one is named after:
a database of that release goes on from here.
"""

import sqlalchemy as sa

from nova.db.history import CIDR, NAME, UUID, create, key, soft_delete, timestamps

revision = "ab450ba04102"
down_revision = "9f3e52b8d604"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _quotas()
    _others()


def _quotas() -> None:
    create(
        "project_user_quotas",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("hard_limit", sa.Integer),
        sa.UniqueConstraint(
            "user_id",
            "project_id",
            "resource",
            "deleted",
            name="uniq_project_user_quotas0user_id0project_id0resource0deleted",
        ),
        indexes=[
            ("project_user_quotas_project_id_deleted_idx", ["project_id", "deleted"], False),
            ("project_user_quotas_user_id_deleted_idx", ["user_id", "deleted"], False),
        ],
        shadow=True,
    )
    create(
        "quota_classes",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("class_name", NAME),
        sa.Column("resource", NAME),
        sa.Column("hard_limit", sa.Integer),
        indexes=[
            ("ix_quota_classes_class_name", ["class_name"], False),
        ],
        shadow=True,
    )
    create(
        "quota_usages",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("project_id", NAME),
        sa.Column("user_id", NAME),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("in_use", sa.Integer, nullable=False),
        sa.Column("reserved", sa.Integer, nullable=False),
        sa.Column("until_refresh", sa.Integer),
        indexes=[
            ("ix_quota_usages_project_id", ["project_id"], False),
            ("ix_quota_usages_user_id_deleted", ["user_id", "deleted"], False),
        ],
        shadow=True,
    )
    create(
        "quotas",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("project_id", NAME),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("hard_limit", sa.Integer),
        sa.UniqueConstraint(
            "project_id", "resource", "deleted", name="uniq_quotas0project_id0resource0deleted"
        ),
        shadow=True,
    )
    create(
        "reservations",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("usage_id", sa.Integer, sa.ForeignKey("quota_usages.id"), nullable=False),
        sa.Column("project_id", NAME),
        sa.Column("user_id", NAME),
        sa.Column("resource", NAME),
        sa.Column("delta", sa.Integer, nullable=False),
        sa.Column("expire", sa.DateTime),
        indexes=[
            ("ix_reservations_project_id", ["project_id"], False),
            ("ix_reservations_user_id_deleted", ["user_id", "deleted"], False),
            ("reservations_deleted_expire_idx", ["deleted", "expire"], False),
            ("reservations_uuid_idx", ["uuid"], False),
        ],
        shadow=True,
    )


def _others() -> None:
    create(
        "certificates",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("user_id", NAME),
        sa.Column("project_id", NAME),
        sa.Column("file_name", NAME),
        indexes=[
            ("certificates_project_id_deleted_idx", ["project_id", "deleted"], False),
            ("certificates_user_id_deleted_idx", ["user_id", "deleted"], False),
        ],
        shadow=True,
    )
    create(
        "instance_id_mappings",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("uuid", UUID, nullable=False),
        indexes=[
            ("ix_instance_id_mappings_uuid", ["uuid"], False),
        ],
        shadow=True,
    )
    create(
        "s3_images",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("uuid", UUID, nullable=False),
        shadow=True,
    )
    create(
        "security_groups",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("name", NAME),
        sa.Column("description", NAME),
        sa.Column("user_id", NAME),
        sa.Column("project_id", NAME),
        sa.UniqueConstraint(
            "project_id", "name", "deleted", name="uniq_security_groups0project_id0name0deleted"
        ),
        shadow=True,
    )
    create(
        "security_group_instance_association",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("security_group_id", sa.Integer, sa.ForeignKey("security_groups.id")),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        indexes=[
            ("security_group_instance_association_instance_uuid_idx", ["instance_uuid"], False),
        ],
        shadow=True,
    )
    create(
        "security_group_rules",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("parent_group_id", sa.Integer, sa.ForeignKey("security_groups.id")),
        sa.Column("protocol", NAME),
        sa.Column("from_port", sa.Integer),
        sa.Column("to_port", sa.Integer),
        sa.Column("cidr", CIDR),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("security_groups.id")),
        shadow=True,
    )
