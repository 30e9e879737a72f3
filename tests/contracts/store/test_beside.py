"""What a cell keeps of servers beside their records: moves, shares, the past."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nova.db.stores import SqlStores
from nova.objects.beside import Migration, Share
from nova.objects.store.beside import MigrationFilter
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import ShareAttached
from nova.objects.store.page import WHOLE, Page
from tests import records
from tests.stores import CELL1_UUID

BEGAN = datetime(2026, 8, 21, 12, tzinfo=UTC)


@pytest.fixture
def cell(stores: SqlStores) -> CellStore:
    return stores.cell(CELL1_UUID)


def server(cell: CellStore, **columns: Any) -> str:
    made = records.instance(**columns)
    cell.operations.create(made, records.operation(made.uuid))
    return str(made.uuid)


def migration(server: str, minute: int, **columns: Any) -> Migration:
    values: dict[str, Any] = dict.fromkeys(Migration.fields)
    values |= {
        "uuid": records.new_uuid(), "instance_uuid": server, "status": "done", "hidden": False,
        "migration_type": "migration", "source_compute": "a", "dest_compute": "b",
        "cross_cell_move": False, "created_at": BEGAN + timedelta(minutes=minute),
    }  # fmt: skip
    values |= columns
    values.pop("id")
    return Migration(**values)


def test_migrations(cell: CellStore) -> None:
    uuid, store = server(cell), cell.migrations
    made = [
        store.add(migration(uuid, 1, source_compute="c")),
        store.add(migration(uuid, 2, status="running", migration_type="live-migration")),
        store.add(migration(uuid, 3, hidden=True, updated_at=BEGAN + timedelta(hours=1))),
    ]

    def found(page: Page = WHOLE, **wanted: Any) -> list[int]:
        exact = {"instance_uuid": uuid, **wanted.pop("exact", {})}
        ids = [each.id for each in store.find(MigrationFilter(exact, **wanted), page)]
        return [[each.id for each in made].index(each) for each in ids]

    assert found() == [2, 1, 0]
    assert found(Page(limit=1)) == [2]
    assert found(Page(after={"created_at": made[2].created_at, "id": made[2].id})) == [1, 0]
    assert found(exact={"status": ["running", "queued"]}) == [1]
    assert found(exact={"hidden": True}) == [2]
    assert found(host="c") == [0]
    assert found(host="b") == [2, 1, 0]
    assert found(changes_since=BEGAN + timedelta(minutes=2)) == [2, 1]
    assert found(changes_before=BEGAN + timedelta(minutes=2)) == [1, 0]
    assert store.get(made[0].uuid) == made[0]
    assert store.get(records.new_uuid()) is None
    assert store.of_server(uuid, made[1].id) == made[1]
    assert store.of_server(records.new_uuid(), made[1].id) is None


def test_a_migration_changes_only_from_what_is_expected(cell: CellStore) -> None:
    made = cell.migrations.add(migration(server(cell), 1, status="running"))
    assert not cell.migrations.update(made.uuid, {"status": "error"}, ["queued"])
    assert cell.migrations.update(made.uuid, {"status": "completed"}, ["queued", "running"])
    after = cell.migrations.get(made.uuid)
    assert after is not None and after.status == "completed" and after.updated_at is not None


def test_shares(cell: CellStore) -> None:
    uuid, store = server(cell), cell.shares
    share = Share(uuid=records.new_uuid(), instance_uuid=uuid, share_id=records.new_uuid(),
                  status="attaching", tag="data", export_location=None, share_proto=None)
    assert store.add(share) == share
    for again in ({"tag": "other"}, {"share_id": records.new_uuid()}):
        other = share.obj_clone()
        other.keep({"uuid": records.new_uuid(), **again})
        with pytest.raises(ShareAttached):
            store.add(other)
    assert not store.update(share.uuid, {"status": "active"}, ["inactive"])
    assert store.update(share.uuid, {"status": "active"}, ["attaching"])
    assert [each.status for each in store.of_server(uuid)] == ["active"]
    assert store.get(uuid, share.share_id) is not None
    assert store.delete(share.uuid) and not store.delete(share.uuid)
    assert store.get(uuid, share.share_id) is None


def test_what_servers_had(cell: CellStore) -> None:
    project, hour = "past", timedelta(hours=1)
    ids = sorted(records.new_uuid() for _ in range(4))
    times = [(BEGAN - hour, BEGAN), (BEGAN, None), (BEGAN + hour, BEGAN + 2 * hour), (None, None)]
    for uuid, (launched, terminated) in zip(ids, times, strict=True):
        server(cell, uuid=uuid, project_id=project, launched_at=launched,
               terminated_at=terminated, flavor=records.flavor(name="f"), ephemeral_gb=2)

    def found(begin: datetime, end: datetime, **more: Any) -> list[int]:
        spells = cell.past.spells(begin, end, project, **more)
        return [ids.index(each.uuid) for each in spells]

    assert found(BEGAN, BEGAN + 3 * hour) == [1, 2]
    assert found(BEGAN - hour, BEGAN) == [0]
    assert found(BEGAN - hour, BEGAN + 3 * hour, limit=2) == [0, 1]
    assert found(BEGAN - hour, BEGAN + 3 * hour, after=(project, ids[0])) == [1, 2]
    (spell,) = cell.past.spells(BEGAN - hour, BEGAN, project)
    assert (spell.flavor, spell.vcpus, spell.memory_mb, spell.local_gb) == ("f", 1, 512, 3)
    assert cell.past.owner_of(ids[0]) == project
    assert cell.past.owner_of(records.new_uuid()) is None
    assert cell.past.task_runs("instance_usage_audit", BEGAN, BEGAN + hour) == []
