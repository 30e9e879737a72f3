"""Many cells: found, asked side by side, merged, and not waited for."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nova.core.clock import RealClock
from nova.db.merge import merged
from nova.db.paging import order_of
from nova.db.stores import SqlStores
from nova.errors import Unavailable
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.errors import CellNotFound, DatabaseUnavailable, MarkerNotFound
from nova.objects.store.page import WHOLE, Page
from tests import records
from tests.stores import CELL1_UUID, memory_stores

CELL2_UUID = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def stores() -> Iterator[SqlStores]:
    made = memory_stores(cells=(CELL1_UUID, CELL2_UUID))
    yield made
    made.close()


def add(stores: SqlStores, cell: str, **fields: Any) -> Instance:
    made = records.instance(**fields)
    build = records.build_request(made)
    stores.api.builds.record([(build, records.request_spec(made.uuid))])
    stores.cell(cell).operations.create(made, records.operation(made.uuid))
    stores.api.builds.place(made.uuid, cell)
    return made


def names(found: list[Instance]) -> str:
    return "".join(each.display_name or "?" for each in found)


def test_cells_come_from_their_mappings(stores: SqlStores) -> None:
    assert [each.uuid for each in stores.cells()] == [CELL0_UUID, CELL1_UUID, CELL2_UUID]
    assert stores.cell(CELL1_UUID) is stores.cell(CELL1_UUID)
    with pytest.raises(CellNotFound):
        stores.cell(records.new_uuid())
    stores.api.cells.update(CELL2_UUID, {"disabled": True})
    new = records.new_uuid()
    stores.api.cells.create(
        CellMapping(
            uuid=new,
            name="n",
            transport_url="none:///",
            database_connection="sqlite://",
            disabled=False,
        )
    )
    assert stores.cell(new).uuid == new, "looked for at once"
    assert [each.uuid for each in stores.cells()] == [CELL0_UUID, CELL1_UUID, new]
    assert stores.cell(CELL2_UUID).uuid == CELL2_UUID


def test_known_cells_outlive_the_api_database(stores: SqlStores) -> None:
    known = SqlStores(
        stores.api, lambda mapping: stores.cell(mapping.uuid), RealClock(), remembered=0
    )
    cell = known.cell(CELL1_UUID)

    def down(_work: Any) -> Any:
        raise DatabaseUnavailable(service="The database", reason="down")

    stores.api.database.read = down  # type: ignore[method-assign]
    assert known.cell(CELL1_UUID) is cell
    assert len(known.cells()) == 3
    with pytest.raises(CellNotFound):
        known.cell(records.new_uuid())


def test_each_answers_or_tells_its_error(stores: SqlStores) -> None:
    def ask(cell: CellStore) -> str:
        if cell.uuid == CELL2_UUID:
            raise Unavailable(service="db", reason="down")
        return cell.uuid[0]

    answers = stores.each(ask)
    assert (answers[CELL0_UUID], answers[CELL1_UUID]) == ("0", "1")
    assert isinstance(answers[CELL2_UUID], Unavailable)


def test_a_silent_cell_is_not_waited_for() -> None:
    release = threading.Event()
    stores = memory_stores(cells=(CELL1_UUID,))
    quick = SqlStores(
        stores.api,
        lambda mapping: stores.cell(mapping.uuid),
        RealClock(),
        timeout=1.0,
        slow_timeout=0.5,
    )

    def ask(cell: CellStore) -> int:
        if cell.uuid == CELL1_UUID:
            release.wait(30)
        return 1

    for _ in range(2):
        answers = quick.each(ask)
        assert answers[CELL0_UUID] == 1
        assert isinstance(answers[CELL1_UUID], Unavailable)
    release.set()
    quick.close()


def test_lists_of_cells_are_one_list(stores: SqlStores) -> None:
    for number, name in enumerate("abcdef"):
        cell = (CELL1_UUID, CELL2_UUID, CELL0_UUID)[number % 3]
        add(stores, cell, display_name=name, host=None if name in "be" else f"h{name}")
    wanted = InstanceFilter()

    def walk(**page: Any) -> str:
        seen = ""
        marker = None
        while True:
            found, silent = stores.servers(wanted, Page(limit=2, marker=marker, **page))
            assert silent == []
            if not found:
                return seen
            seen += names(found)
            marker = found[-1].uuid

    assert walk(keys=("display_name",), directions=("asc",)) == "abcdef"
    assert walk(keys=("display_name",), directions=("desc",)) == "fedcba"
    assert walk(keys=("host", "display_name"), directions=("asc", "asc")) == "beacdf"
    assert walk(keys=("host", "display_name"), directions=("desc", "desc")) == "fdcaeb"
    assert sorted(walk()) == list("abcdef")


def test_the_marker_may_be_a_build_request(stores: SqlStores) -> None:
    add(stores, CELL1_UUID, display_name="a")
    waiting = records.build_request()
    stores.api.builds.record([(waiting, records.request_spec(waiting.instance_uuid))])
    found, _ = stores.servers(InstanceFilter(), Page(marker=waiting.instance_uuid))
    assert names(found) == "a"
    with pytest.raises(MarkerNotFound):
        stores.servers(InstanceFilter(), Page(marker=records.new_uuid()))


def test_a_cell_that_is_down_is_named(stores: SqlStores) -> None:
    add(stores, CELL1_UUID, display_name="a")

    def down(_work: Any) -> Any:
        raise Unavailable(service="The database", reason="down")

    stores.cell(CELL2_UUID).database.read = down  # type: ignore[method-assign]
    found, silent = stores.servers(InstanceFilter(), WHOLE)
    assert names(found) == "a" and silent == [CELL2_UUID]


def test_errors_of_the_caller_are_raised(stores: SqlStores) -> None:
    add(stores, CELL1_UUID, display_name="a")
    with pytest.raises(KeyError):
        stores.servers(InstanceFilter(exact={"no_such_column": 1}), WHOLE)


def test_merging_keeps_the_order() -> None:
    def listed(*hosts: str | None) -> list[Instance]:
        return [records.instance(host=host, display_name=host or "-") for host in hosts]

    order = order_of(Page(keys=("host",), directions=("desc",)), ())
    assert names(list(merged([listed("c", "a", None), listed("d", "b")], order))) == "dcba-"
