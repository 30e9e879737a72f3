"""Data of older releases in a cell's database that is brought up to date bit by bit.

Each function takes a database and how many rows to change at most, and answers
how many it found and how many it changed.
"""

import uuid
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table, func, or_, select, update

from nova.db.cell.block_devices import block_device_mapping
from nova.db.cell.instance_rows import instances
from nova.db.cell.migrations import migrations
from nova.db.cell.nodes import compute_nodes
from nova.db.cell.pci_devices import pci_devices
from nova.db.engine import Database

Progress = tuple[int, int]


def give_uuids(table: Table) -> Callable[[Database, int], Progress]:
    """To rows that have none."""

    def run(database: Database, limit: int) -> Progress:
        def work(connection: Connection) -> Progress:
            query = select(table.c.id).where(table.c.uuid.is_(None)).limit(limit)
            keys = connection.execute(query).scalars().all()
            for key in keys:
                row = update(table).where(table.c.id == key)
                connection.execute(row.values(uuid=str(uuid.uuid4())))
            return len(keys), len(keys)

        return database.write(work)

    return run


move_uuids = give_uuids(migrations)
block_device_uuids = give_uuids(block_device_mapping)
pci_device_uuids = give_uuids(pci_devices)


def zones(zone_of: Callable[[str], str]) -> Callable[[Database, int], Progress]:
    """Servers on a host get the zone that their host is in."""

    def run(database: Database, limit: int) -> Progress:
        def work(connection: Connection) -> Progress:
            query = (
                select(instances.c.id, instances.c.host)
                .where(instances.c.availability_zone.is_(None), instances.c.host.is_not(None))
                .where(instances.c.deleted == 0)
                .limit(limit)
            )
            rows = connection.execute(query).all()
            for key, host in rows:
                row = update(instances).where(instances.c.id == key)
                connection.execute(row.values(availability_zone=zone_of(host)))
            return len(rows), len(rows)

        return database.write(work)

    return run


def ratios(initial: Mapping[str, float]) -> Callable[[Database, int], Progress]:
    """Nodes without allocation ratios (or with 0) get the configured ones: {column: ratio}."""

    def run(database: Database, limit: int) -> Progress:
        def work(connection: Connection) -> Progress:
            columns = [compute_nodes.c[name] for name in initial]
            empty = or_(*(or_(column.is_(None), column == 0) for column in columns))
            query = select(compute_nodes.c.id).where(compute_nodes.c.deleted == 0, empty)
            keys = connection.execute(query.limit(limit)).scalars().all()
            values = {
                name: func.coalesce(func.nullif(compute_nodes.c[name], 0.0), ratio)
                for name, ratio in initial.items()
            }
            if keys:
                connection.execute(
                    update(compute_nodes).where(compute_nodes.c.id.in_(keys)).values(values)
                )
            return len(keys), len(keys)

        return database.write(work)

    return run


def node_ids(database: Database, limit: int) -> Progress:
    """Servers on a host are tied to the record of their node."""

    def work(connection: Connection) -> Progress:
        query = (
            select(instances.c.id, compute_nodes.c.id)
            .join(
                compute_nodes,
                (compute_nodes.c.host == instances.c.host)
                & (compute_nodes.c.hypervisor_hostname == instances.c.node)
                & (compute_nodes.c.deleted == 0),
            )
            .where(instances.c.compute_id.is_(None), instances.c.deleted == 0)
            .limit(limit)
        )
        rows = connection.execute(query).all()
        for key, node in rows:
            row = update(instances).where(instances.c.id == key)
            connection.execute(row.values(compute_id=node))
        return len(rows), len(rows)

    return database.write(work)
