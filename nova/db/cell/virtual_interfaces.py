"""Interfaces of servers as older releases kept them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, key, soft_delete, timestamps

virtual_interfaces = Table(
    "virtual_interfaces",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("address", NAME),
    Column("network_id", Integer),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("uuid", UUID),
    Column("tag", NAME),
    UniqueConstraint("address", "deleted", name="uniq_virtual_interfaces0address0deleted"),
    Index("virtual_interfaces_instance_uuid_fkey", "instance_uuid"),
    Index("virtual_interfaces_network_id_idx", "network_id"),
    Index("virtual_interfaces_uuid_idx", "uuid"),
)
