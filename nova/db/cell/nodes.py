"""Hypervisors."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from nova.db import paging
from nova.db.cell.instance_rows import instances
from nova.db.cell.schema import METADATA
from nova.db.columns import (
    ADDRESS,
    LONG_TEXT,
    NAME,
    UUID,
    Json,
    LongJson,
    key,
    soft_delete,
    timestamps,
)
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.db.patterns import ESCAPE, containing
from nova.db.rows import Fields
from nova.objects.host import ComputeNode, Service
from nova.objects.store.errors import ComputeHostNotFound, MarkerNotFound
from nova.objects.store.page import WHOLE, Page

compute_nodes = Table(
    "compute_nodes",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("service_id", Integer),
    Column("host", NAME),
    Column("uuid", UUID),
    Column("vcpus", Integer, nullable=False),
    Column("memory_mb", Integer, nullable=False),
    Column("local_gb", Integer, nullable=False),
    Column("vcpus_used", Integer, nullable=False),
    Column("memory_mb_used", Integer, nullable=False),
    Column("local_gb_used", Integer, nullable=False),
    Column("hypervisor_type", LONG_TEXT, nullable=False),
    Column("hypervisor_version", Integer, nullable=False),
    Column("hypervisor_hostname", NAME),
    Column("free_ram_mb", Integer),
    Column("free_disk_gb", Integer),
    Column("current_workload", Integer),
    Column("running_vms", Integer),
    Column("cpu_info", LongJson, nullable=False),
    Column("disk_available_least", Integer),
    Column("host_ip", ADDRESS),
    Column("supported_instances", Json),
    Column("metrics", Json),
    Column("pci_stats", Json),
    Column("extra_resources", Json),
    Column("stats", Json, default={}),
    Column("numa_topology", Json),
    Column("ram_allocation_ratio", Float),
    Column("cpu_allocation_ratio", Float),
    Column("disk_allocation_ratio", Float),
    Column("mapped", Integer, default=0),
    UniqueConstraint(
        "host",
        "hypervisor_hostname",
        "deleted",
        name="uniq_compute_nodes0host0hypervisor_hostname0deleted",
    ),
    Index("compute_nodes_uuid_idx", "uuid", unique=True),
)

FIELDS = Fields(ComputeNode, compute_nodes)
_C = compute_nodes.c
_LIVE = select(*FIELDS.columns).where(_C.deleted == 0)
_OF_NAME = _LIVE.where(
    _C.host == bindparam("wanted_host"), _C.hypervisor_hostname == bindparam("wanted_name")
)
_CHANGED = func.coalesce(_C.updated_at, _C.created_at)
_BY_PK = [("id", "asc")]


def of_host(connection: Connection, host: str) -> list[ComputeNode]:
    rows = connection.execute(_LIVE.where(_C.host == host).order_by(_C.id))
    return [FIELDS.make(row) for row in rows]


def save(connection: Connection, node: ComputeNode, now: datetime) -> ComputeNode:
    """Make or change the live row of (host, hypervisor_hostname)."""
    given = {"wanted_host": node.host, "wanted_name": node.hypervisor_hostname}
    there = connection.execute(_OF_NAME, given).first()
    values = _values(node)
    if there is None:
        connection.execute(insert(compute_nodes), {**values, "created_at": now, "updated_at": now})
    else:
        kept = {name: value for name, value in values.items() if name not in ("uuid", "mapped")}
        query = update(compute_nodes).where(_C.id == FIELDS.make(there).id)
        connection.execute(query, {**kept, "updated_at": now})
    return FIELDS.make(connection.execute(_OF_NAME, given).one())


def _values(node: ComputeNode) -> dict[str, Any]:
    skipped = ("id", "created_at", "updated_at")
    values = {name: value for name, value in node.as_dict().items() if name not in skipped}
    # NOT NULL upstream, though a driver may have nothing to say.
    values["cpu_info"] = values.get("cpu_info") or {}
    return values


class ComputeNodes:
    """`objects.store.cell.ComputeNodes` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        page: Page = WHOLE,
        *,
        host: str | None = None,
        pattern: str | None = None,
        uuids: Iterable[str] | None = None,
    ) -> list[ComputeNode]:
        query = _LIVE
        if host is not None:
            query = query.where(_C.host == host)
        if pattern is not None:
            query = query.where(_C.hypervisor_hostname.like(containing(pattern), escape=ESCAPE))
        if uuids is not None:
            query = query.where(_C.uuid.in_(list(uuids)))
        order = paging.order_of(page, ("id",), "asc")

        def work(connection: Connection) -> list[ComputeNode]:
            limited = query.where(*_beyond(connection, page, order)).limit(page.limit)
            ordered = paging.ordered(limited, compute_nodes, order, self._database.dialect)
            return [FIELDS.make(row) for row in connection.execute(ordered)]

        return self._database.read(work)

    def get(self, node_id: int | str) -> ComputeNode:
        column = _C.id if isinstance(node_id, int) else _C.uuid
        query = _LIVE.where(column == node_id)
        row = self._database.read(lambda connection: connection.execute(query).first())
        if row is None:
            raise ComputeHostNotFound(host=node_id)
        return FIELDS.make(row)

    def save(self, node: ComputeNode) -> ComputeNode:
        now = self._database.clock.now()

        def work(connection: Connection) -> ComputeNode:
            return save(connection, node, now)

        try:
            return self._database.write(work)
        except Duplicate:
            return self._database.write(work)

    def changed_since(self, moment: datetime | None) -> list[ComputeNode]:
        query = _LIVE if moment is None else _LIVE.where(moment <= _CHANGED)
        return self._all(query.order_by(_C.id))

    def unmapped(self) -> list[ComputeNode]:
        return self._all(_LIVE.where(or_(_C.mapped == 0, _C.mapped.is_(None))).order_by(_C.id))

    def set_mapped(self, uuids: Iterable[str], *, mapped: bool = True) -> None:
        query = update(compute_nodes).where(_C.uuid.in_(list(uuids))).values(mapped=int(mapped))
        self._database.write(lambda connection: connection.execute(query))

    def delete(self, node_id: int) -> None:
        now = self._database.clock.now()
        query = (
            update(compute_nodes)
            .where(_C.id == node_id, _C.deleted == 0)
            .values(deleted=_C.id, deleted_at=now)
        )
        if self._database.write(lambda connection: connection.execute(query).rowcount) == 0:
            raise ComputeHostNotFound(host=node_id)

    def _all(self, query: Any) -> list[ComputeNode]:
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [FIELDS.make(row) for row in rows]


def _beyond(connection: Connection, page: Page, order: paging.Order) -> list[Any]:
    """The condition that cuts off everything up to the marker, a node's id or uuid."""
    if page.after is not None:
        return [paging.after(compute_nodes, order, page.after)]
    if page.marker is None:
        return []
    column = _C.id if page.marker.isdigit() else _C.uuid
    marker = int(page.marker) if page.marker.isdigit() else page.marker
    columns = [_C[key] for key, _ in order]
    row = connection.execute(
        select(*columns).where(and_(column == marker, _C.deleted == 0))
    ).first()
    if row is None:
        raise MarkerNotFound(marker=page.marker)
    values = {key: value for (key, _), value in zip(order, row, strict=True)}
    return [paging.after(compute_nodes, order, values)]


def move_to_host(database: Database, node: ComputeNode, service: Service) -> None:
    """Give the node, and the servers on it, to another host's service."""
    now = database.clock.now()
    here = instances.c.host == node.host, instances.c.node == node.hypervisor_hostname

    def work(connection: Connection) -> None:
        connection.execute(
            update(compute_nodes)
            .where(_C.id == node.id)
            .values(host=service.host, service_id=service.id, updated_at=now)
        )
        connection.execute(
            update(instances)
            .where(*here, instances.c.deleted == 0)
            .values(host=service.host, updated_at=now)
        )

    database.write(work)
