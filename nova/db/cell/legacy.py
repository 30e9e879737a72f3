"""Tables that nothing writes any more; they are there for the tools that expect them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from nova.db.cell.schema import METADATA
from nova.db.columns import CIDR, NAME, UUID, Moment, key, soft_delete, timestamps

certificates = Table(
    "certificates",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("user_id", NAME),
    Column("project_id", NAME),
    Column("file_name", NAME),
    Index("certificates_project_id_deleted_idx", "project_id", "deleted"),
    Index("certificates_user_id_deleted_idx", "user_id", "deleted"),
)

instance_id_mappings = Table(
    "instance_id_mappings",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("uuid", UUID, nullable=False),
    Index("ix_instance_id_mappings_uuid", "uuid"),
)

project_user_quotas = Table(
    "project_user_quotas",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("project_id", NAME, nullable=False),
    Column("user_id", NAME, nullable=False),
    Column("resource", NAME, nullable=False),
    Column("hard_limit", Integer),
    UniqueConstraint(
        "user_id",
        "project_id",
        "resource",
        "deleted",
        name="uniq_project_user_quotas0user_id0project_id0resource0deleted",
    ),
    Index("project_user_quotas_project_id_deleted_idx", "project_id", "deleted"),
    Index("project_user_quotas_user_id_deleted_idx", "user_id", "deleted"),
)

quota_classes = Table(
    "quota_classes",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("class_name", NAME),
    Column("resource", NAME),
    Column("hard_limit", Integer),
    Index("ix_quota_classes_class_name", "class_name"),
)

quota_usages = Table(
    "quota_usages",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("project_id", NAME),
    Column("user_id", NAME),
    Column("resource", NAME, nullable=False),
    Column("in_use", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("until_refresh", Integer),
    Index("ix_quota_usages_project_id", "project_id"),
    Index("ix_quota_usages_user_id_deleted", "user_id", "deleted"),
)

quotas = Table(
    "quotas",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("project_id", NAME),
    Column("resource", NAME, nullable=False),
    Column("hard_limit", Integer),
    UniqueConstraint(
        "project_id", "resource", "deleted", name="uniq_quotas0project_id0resource0deleted"
    ),
)

reservations = Table(
    "reservations",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("uuid", UUID, nullable=False),
    Column("usage_id", Integer, ForeignKey("quota_usages.id"), nullable=False),
    Column("project_id", NAME),
    Column("user_id", NAME),
    Column("resource", NAME),
    Column("delta", Integer, nullable=False),
    Column("expire", Moment),
    Index("ix_reservations_project_id", "project_id"),
    Index("ix_reservations_user_id_deleted", "user_id", "deleted"),
    Index("reservations_deleted_expire_idx", "deleted", "expire"),
    Index("reservations_uuid_idx", "uuid"),
)

s3_images = Table(
    "s3_images",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("uuid", UUID, nullable=False),
)

security_groups = Table(
    "security_groups",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("name", NAME),
    Column("description", NAME),
    Column("user_id", NAME),
    Column("project_id", NAME),
    UniqueConstraint(
        "project_id", "name", "deleted", name="uniq_security_groups0project_id0name0deleted"
    ),
)

security_group_instance_association = Table(
    "security_group_instance_association",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("security_group_id", Integer, ForeignKey("security_groups.id")),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Index("security_group_instance_association_instance_uuid_idx", "instance_uuid"),
)

security_group_rules = Table(
    "security_group_rules",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("parent_group_id", Integer, ForeignKey("security_groups.id")),
    Column("protocol", NAME),
    Column("from_port", Integer),
    Column("to_port", Integer),
    Column("cidr", CIDR),
    Column("group_id", Integer, ForeignKey("security_groups.id")),
)
