"""Archiving and purging, on every database there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.core.states import OperationState
from nova.db.cell.archive import Archive
from nova.db.cell.instance_rows import instances
from nova.db.cell.journal import instance_actions, instance_actions_events
from nova.db.cell.parts import instance_extra, instance_metadata
from nova.db.cell.schema import METADATA
from nova.db.cell.shadow import WITHOUT, all_shadows, shadow_of
from nova.db.cell.shares import share_mapping
from nova.db.cell.store import SqlCellStore
from nova.db.cell.usage import task_log
from nova.db.engine import Database
from nova.db.migrating import sync
from nova.objects.server import Event
from tests import records
from tests.databases import fresh_database, kinds

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=kinds())
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """As migrations make it: with its shadow tables and its foreign keys."""
    with fresh_database(request.param, tmp_path_factory.mktemp("archive")) as url:
        made = Database(url, RealClock())
        sync(made, "cell")
        yield made
        made.close()


@pytest.fixture
def cell(database: Database) -> SqlCellStore:
    """Empty."""

    def empty(connection: sa.Connection) -> None:
        for table in (*reversed(METADATA.sorted_tables), *all_shadows().sorted_tables):
            connection.execute(sa.delete(table))

    database.write(empty)
    return SqlCellStore("main", database)


def count(database: Database, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    return database.read(lambda connection: connection.execute(query).scalar_one())


def change(database: Database, query: sa.Executable) -> None:
    database.write(lambda connection: connection.execute(query))


def server(cell: SqlCellStore, *, deleted: bool = True) -> str:
    """With metadata, a device, an operation and its event."""
    made = records.instance()
    event = {"event": "work", "start_time": records.now(), "finish_time": None, "result": None,
             "traceback": None, "host": None, "details": None}  # fmt: skip
    operation = records.operation(made.uuid)
    _, opened = cell.operations.create(made, operation, [records.block_device(made.uuid)])
    claimed, _ = cell.operations.claim(
        opened.id, "conductor:h:1", records.now(), records.now() + timedelta(hours=1)
    )
    outcome = records.outcome(OperationState.DONE, deleted=deleted)
    cell.operations.save(claimed, "conductor:h:1", events=[Event(**event)])
    cell.operations.settle(opened.id, "conductor:h:1", outcome)
    return made.uuid


def test_every_table_with_deleted_rows_has_its_shadow(database: Database) -> None:
    there = set(sa.inspect(database.engine).get_table_names())
    named = {table.name for table in METADATA.sorted_tables if table.name not in WITHOUT}
    assert {f"shadow_{name}" for name in named} <= there
    for name in named:
        columns = {each["name"] for each in sa.inspect(database.engine).get_columns(name)}
        shadow = {
            each["name"] for each in sa.inspect(database.engine).get_columns(f"shadow_{name}")
        }
        assert columns == shadow, name


def test_a_server_goes_with_all_it_had(cell: SqlCellStore) -> None:
    database = cell.database
    alive, gone = server(cell, deleted=False), server(cell)
    change(
        database,
        sa.insert(share_mapping).values(
            uuid=records.new_uuid(), instance_uuid=gone, share_id=records.new_uuid(), tag="t"
        ),
    )
    said: list[str] = []
    moved = Archive(database).batch(1000, farewell=said.extend)
    assert said == [gone]
    assert moved == {
        "instances": 1, "instance_extra": 1, "instance_info_caches": 1, "instance_metadata": 1,
        "instance_system_metadata": 1, "block_device_mapping": 1, "instance_actions": 1,
        "instance_actions_events": 1, "share_mapping": 1,
    }  # fmt: skip
    for table in (instances, instance_extra, instance_metadata, instance_actions):
        assert count(database, table) == 1, f"{table} of the living server"
        assert count(database, shadow_of(table)) == 1
    assert cell.instances.get(alive).metadata == {"role": "web"}
    assert count(database, shadow_of(instance_actions_events)) == 1
    assert not Archive(database).batch(1000)


def test_what_went_with_a_server_counts_as_deleted_with_it(cell: SqlCellStore) -> None:
    uuid = server(cell)
    Archive(cell.database).batch(1000)
    shadow, parent = shadow_of(instance_metadata), shadow_of(instances)
    query = sa.select(
        shadow.c.deleted, shadow.c.id, shadow.c.deleted_at, parent.c.deleted_at
    ).join(parent, parent.c.uuid == shadow.c.instance_uuid)
    row = cell.database.read(
        lambda connection: connection.execute(query.where(parent.c.uuid == uuid)).one()
    )
    assert row[0] == row[1] and row[2] == row[3] and row[2] is not None


def test_batches_end_where_they_are_told_to(cell: SqlCellStore) -> None:
    for _ in range(7):
        server(cell)
    archive, totals = Archive(cell.database), []
    while found := archive.batch(3):
        totals.append(found.total())
    assert len(totals) > 3 and max(totals) <= 3 * 9
    assert count(cell.database, instances) == 0
    assert count(cell.database, shadow_of(instances)) == 7
    assert not archive.batch(0)


def test_many_rows_are_moved_in_small_transactions(
    cell: SqlCellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As few keys are ever held as one transaction moves."""
    monkeypatch.setattr("nova.db.cell.archive.MOVED_AT_ONCE", 3)
    monkeypatch.setattr("nova.db.cell.archive.PURGED_AT_ONCE", 4)
    for _ in range(10):
        server(cell)
    held: list[int] = []
    archive = Archive(cell.database)
    archive.batch(10**9, farewell=lambda uuids: held.append(len(uuids)))
    assert held == [3, 3, 3, 1]
    assert archive.purge()["shadow_instances"] == 10


def test_age_is_heeded(cell: SqlCellStore) -> None:
    old, new = server(cell), server(cell)
    change(
        cell.database,
        sa.update(instances).where(instances.c.uuid == old).values(deleted_at=LONG_AGO),
    )
    archive, said = Archive(cell.database), []
    before = LONG_AGO + timedelta(days=1)
    assert archive.batch(1000, before=before, farewell=said.extend)["instances"] == 1
    assert said == [old]
    with pytest.raises(Exception, match=old):
        cell.instances.get(old, read_deleted=True)
    assert cell.instances.get(new, read_deleted=True).deleted
    archive.batch(1000)
    gone = archive.purge(before)
    assert gone["shadow_instances"] == 1 and gone["shadow_instance_extra"] == 1
    assert count(cell.database, shadow_of(instances)) == 1
    assert not archive.purge(before)
    assert archive.purge()["shadow_instances"] == 1


def test_the_task_log_goes_when_asked_for(cell: SqlCellStore) -> None:
    for day in (1, 20):
        then = datetime(2020, 1, day, tzinfo=UTC)
        change(
            cell.database,
            sa.insert(task_log).values(
                task_name="instance_usage_audit", state="DONE", host="h", message="", deleted=0,
                period_beginning=then, period_ending=then, created_at=then, updated_at=then,
            ),
        )
    archive, before = Archive(cell.database), datetime(2020, 1, 10, tzinfo=UTC)
    assert not archive.batch(1000, before=before)
    assert archive.batch(1000, before=before, with_task_log=True) == {"task_log": 1}
    assert archive.batch(1000, with_task_log=True) == {"task_log": 1}


def test_a_server_archived_half_way_is_archived_by_the_next(cell: SqlCellStore) -> None:
    uuid = server(cell)

    def dies(_uuids: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Archive(cell.database).batch(1000, farewell=dies)
    assert cell.instances.get(uuid, read_deleted=True).deleted, "its record is still there"
    assert Archive(cell.database).batch(1000)["instances"] == 1
