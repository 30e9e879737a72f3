"""The stores under test, on every database there is."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from nova.core.clock import RealClock
from nova.db.api import store as api
from nova.db.cell import store as cell
from nova.db.engine import Database
from nova.db.stores import SqlStores
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.store.cell import CellStore
from tests.databases import fresh_database, kinds
from tests.stores import CELL1_UUID


@pytest.fixture(scope="module", params=kinds())
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Database]]:
    """The API database, cell0's and cell1's, with tables; one set a module."""
    folder = tmp_path_factory.mktemp("databases")
    clock = RealClock()
    with ExitStack() as stack:
        urls = [stack.enter_context(fresh_database(request.param, folder)) for _ in range(3)]
        made = [Database(url, clock) for url in urls]
        api.create_tables(made[0])
        for database in made[1:]:
            cell.create_tables(database)
        yield made
        for database in made:
            database.close()


@pytest.fixture(scope="module")
def stores(databases: list[Database]) -> Iterator[SqlStores]:
    shared = api.SqlApiStore(databases[0])
    places = dict(zip((CELL0_UUID, CELL1_UUID), databases[1:], strict=True))
    for number, (uuid, database) in enumerate(places.items()):
        shared.cells.create(
            CellMapping(
                uuid=uuid,
                name=f"cell{number}",
                transport_url="none:///",
                disabled=False,
                database_connection=str(database.url),
            )
        )

    def open_cell(mapping: CellMapping) -> cell.SqlCellStore:
        return cell.SqlCellStore(mapping.uuid, places[mapping.uuid])

    made = SqlStores(shared, open_cell, RealClock())
    yield made
    made.close()


@pytest.fixture
def cell1(stores: SqlStores) -> CellStore:
    return stores.cell(CELL1_UUID)
