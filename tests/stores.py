"""Stores in memory, for tests of everything above them."""

from functools import lru_cache

from sqlalchemy import MetaData

from nova.core.clock import Clock, RealClock
from nova.db.api import store as api
from nova.db.cell import store as cell
from nova.db.engine import Database
from nova.db.stores import SqlStores
from nova.db.urls import database_url
from nova.objects.cloud import CELL0_UUID, CellMapping

CELL1_UUID = "11111111-1111-4111-8111-111111111111"


def memory_database(clock: Clock) -> Database:
    return Database(database_url("sqlite://", "test"), clock)


@lru_cache(maxsize=2)
def _image(tables: MetaData) -> bytes:
    """A database with these tables, as SQLite keeps it: copied faster than made."""
    database = memory_database(RealClock())
    tables.create_all(database.engine, checkfirst=False)
    with database.engine.connect() as connection:
        return connection.connection.driver_connection.serialize()


def _filled(clock: Clock, tables: MetaData) -> Database:
    database = memory_database(clock)
    with database.engine.connect() as connection:
        connection.connection.driver_connection.deserialize(_image(tables))
    return database


def memory_stores(clock: Clock | None = None, cells: tuple[str, ...] = (CELL1_UUID,)) -> SqlStores:
    """Stores with cell0 and `cells`, empty, each a SQLite database in memory."""
    clock = clock or RealClock()
    shared = api.SqlApiStore(_filled(clock, api.METADATA))

    def open_cell(mapping: CellMapping) -> cell.SqlCellStore:
        return cell.SqlCellStore(mapping.uuid, _filled(clock, cell.METADATA))

    for number, uuid in enumerate((CELL0_UUID, *cells)):
        shared.cells.create(
            CellMapping(
                uuid=uuid,
                name=f"cell{number}",
                transport_url="none:///",
                disabled=False,
                database_connection="sqlite://",
            )
        )
    return SqlStores(shared, open_cell, clock)
