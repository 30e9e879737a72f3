"""PCI devices of the hypervisors."""

import uuid as uuids
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    update,
)

from nova.db.cell.nodes import compute_nodes
from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, Json, key, soft_delete, timestamps
from nova.objects.host import HostDevice

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

_C = pci_devices.c
KEPT = tuple(HostDevice.fields)


def replace(
    connection: Connection, node_uuid: str, devices: Sequence[HostDevice], now: datetime
) -> None:
    """The live rows of a node are these devices from now on.  A node that is not there has
    none."""
    node = connection.execute(
        select(compute_nodes.c.id).where(
            compute_nodes.c.uuid == node_uuid, compute_nodes.c.deleted == 0
        )
    ).scalar()
    if node is None:
        return
    there = _live(connection, node)
    for device in devices:
        values = {name: getattr(device, name) for name in KEPT}
        known = there.pop(device.address, None)
        if known is None:
            made = {"uuid": str(uuids.uuid4()), "compute_node_id": node, "created_at": now}
            connection.execute(insert(pci_devices), {**values, **made})
        elif {name: known[name] for name in KEPT} != values:
            query = update(pci_devices).where(_C.id == known["id"])
            connection.execute(query, {**values, "updated_at": now})
    gone = [row["id"] for row in there.values()]
    if gone:
        connection.execute(
            update(pci_devices).where(_C.id.in_(gone)).values(deleted=_C.id, deleted_at=now)
        )


def _live(connection: Connection, node: int) -> dict[str, dict[str, Any]]:
    """By address."""
    query = select(_C.id, *(_C[name] for name in KEPT)).where(
        _C.compute_node_id == node, _C.deleted == 0
    )
    return {row.address: dict(row._mapping) for row in connection.execute(query)}
