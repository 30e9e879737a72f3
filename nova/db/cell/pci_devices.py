"""PCI devices of the hypervisors."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, Json, key, soft_delete, timestamps

pci_devices = Table(
    "pci_devices",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("uuid", UUID),
    Column("compute_node_id", Integer, ForeignKey("compute_nodes.id"), nullable=False),
    Column("address", String(12), nullable=False),
    Column("vendor_id", String(4), nullable=False),
    Column("product_id", String(4), nullable=False),
    Column("dev_type", String(8), nullable=False),
    Column("dev_id", NAME),
    Column("label", NAME, nullable=False),
    Column("status", UUID, nullable=False),
    Column("request_id", UUID),
    Column("extra_info", Json),
    Column("instance_uuid", UUID),
    Column("numa_node", Integer),
    Column("parent_addr", String(12)),
    UniqueConstraint(
        "compute_node_id",
        "address",
        "deleted",
        name="uniq_pci_devices0compute_node_id0address0deleted",
    ),
    Index("ix_pci_devices_compute_node_id_deleted", "compute_node_id", "deleted"),
    Index(
        "ix_pci_devices_compute_node_id_parent_addr_deleted",
        "compute_node_id",
        "parent_addr",
        "deleted",
    ),
    Index("ix_pci_devices_instance_uuid_deleted", "instance_uuid", "deleted"),
)
