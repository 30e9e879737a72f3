"""Shares attached to servers."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from nova.db.cell.schema import METADATA
from nova.db.columns import BIG_KEY, UUID, timestamps

share_mapping = Table(
    "share_mapping",
    METADATA,
    *timestamps(),
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("uuid", UUID),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("share_id", UUID),
    Column("status", String(32)),
    Column("tag", String(48)),
    Column("export_location", Text),
    Column("share_proto", String(32)),
    UniqueConstraint("instance_uuid", "share_id", name="uniq_key_pairs0instance_uuid0share_id"),
    UniqueConstraint("instance_uuid", "tag", name="uniq_key_pairs0instance_uuid0tag"),
    Index("share_idx", "share_id"),
    Index("share_mapping_instance_uuid_share_id_idx", "instance_uuid", "share_id"),
)
