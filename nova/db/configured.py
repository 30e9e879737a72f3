"""Stores as the options say: [api_database], [database] and the cell mappings."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from oslo_config import cfg

from nova.core.clock import Clock
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.db.engine import Database
from nova.db.host import SqlHostStore
from nova.db.opening import Options
from nova.db.stores import SqlStores
from nova.db.urls import database_url, expand
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.store.errors import CellNotFound, HostMappingNotFound


def api_database(conf: cfg.ConfigOpts, clock: Clock) -> Database:
    group = conf.api_database
    url = database_url(
        group.connection, "[api_database]connection", group.connection_parameters or ""
    )
    return Database(url, clock, Options.of(group), replica=_replica(group))


def cell_database(conf: cfg.ConfigOpts, clock: Clock, connection: str | None = None) -> Database:
    """Of a mapping's URL (its template filled), else of [database]connection."""
    group = conf.database
    text = expand(connection, group.connection) if connection else group.connection
    url = database_url(text, "[database]connection", group.connection_parameters or "")
    own = connection is None or text == group.connection
    return Database(url, clock, Options.of(group), replica=_replica(group) if own else None)


def _replica(group: cfg.ConfigOpts.GroupAttr) -> sa.URL | None:
    """The replica, if readers may see what is a moment old."""
    if not group.slave_connection or group.synchronous_reader:
        return None
    return database_url(group.slave_connection, "slave_connection")


def open_stores(conf: cfg.ConfigOpts, clock: Clock) -> SqlStores:
    """All of them; databases are reached when first asked.  ConfigurationFailure for bad URLs."""

    def open_cell(mapping: CellMapping) -> SqlCellStore:
        return SqlCellStore(mapping.uuid, cell_database(conf, clock, mapping.database_connection))

    return SqlStores(
        SqlApiStore(api_database(conf, clock)),
        open_cell,
        clock,
        workers=conf.cell_worker_thread_pool_size,
        timeout=float(conf.api.cell_timeout),
        transport=lambda url: expand(url, conf.transport_url),
    )


def host_stores(
    conf: cfg.ConfigOpts, clock: Clock, stores: SqlStores
) -> Callable[[str], tuple[str, SqlHostStore]]:
    """{host: its cell and store}.  A host that is not mapped yet belongs to the cell of this
    process: the one whose database [database]connection names, else the only one there is."""
    lease = timedelta(seconds=conf.journal.lease_seconds)
    known: dict[str, tuple[str, SqlHostStore]] = {}

    def store_of(host: str) -> tuple[str, SqlHostStore]:
        if host not in known:
            uuid, mapped = _cell_of(conf, stores, host)
            found = uuid, SqlHostStore(stores.cell(uuid), lease)
            if not mapped:
                return found
            known[host] = found
        return known[host]

    return store_of


def _cell_of(conf: cfg.ConfigOpts, stores: SqlStores, host: str) -> tuple[str, bool]:
    try:
        return stores.api.hosts.cell_of(host), True
    except HostMappingNotFound:
        pass
    cells = [cell for cell in stores.api.cells.find() if cell.uuid != CELL0_UUID]
    own = conf.database.connection
    matching = [c for c in cells if expand(c.database_connection, own) == own]
    for cell in matching or cells[:1]:
        return cell.uuid, False
    raise CellNotFound(cell_uuid="of this conductor")
