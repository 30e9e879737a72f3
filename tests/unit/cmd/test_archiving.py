"""nova-manage db archive_deleted_rows and purge: codes, tables, and what is left."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nova.cmd.manage import archiving
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import InstanceMapping
from tests import records
from tests.databases import kinds

Manage = Callable[..., tuple[int, list[str]]]
ARCHIVE = ("db", "archive_deleted_rows")


@pytest.fixture(params=kinds())
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def gone(cell: SqlCellStore, api: SqlApiStore, cell_uuid: str) -> str:
    """A deleted server, as the API database still knows it."""
    made = records.instance()
    cell.operations.create(made, records.operation(made.uuid))
    cell.operations.discard(made.uuid)
    api.mappings.add([InstanceMapping(
        instance_uuid=made.uuid, cell_uuid=cell_uuid, project_id="p", user_id="u",
        queued_for_delete=True)])  # fmt: skip
    api.specs.save(records.request_spec(made.uuid))
    return made.uuid


def test_what_is_written_wrong(manage: Manage, ready: None) -> None:
    assert manage(*ARCHIVE, "--max_rows", "-1") == (2, ["max rows value can't be less than 0"])
    assert manage(*ARCHIVE, "--max_rows", str(2**31))[0] == 2
    assert manage(*ARCHIVE, "--before", "never") == (4, ["Invalid value for --before: never"])
    assert manage("db", "purge") == (1, ["Either --before or --all is required"])
    assert manage("db", "purge", "--before", "never")[0] == 2


def test_rows_are_archived_in_batches(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str
) -> None:
    uuids = [gone(cell, api, cell1) for _ in range(3)]
    code, lines = manage(*ARCHIVE, "--max_rows", "1", "--verbose")
    assert code == 1
    assert lines[1].split() == ["|", "Table", "|", "Number", "of", "Rows", "Archived", "|"]
    table = dict(line.strip("| ").split("|") for line in lines[3:-1])
    shown = {name.strip(): int(count) for name, count in table.items()}
    assert shown["instances"] == 1 and shown["API_DB.instance_mappings"] == 1
    assert shown["API_DB.request_specs"] == 1
    assert len(api.mappings.of(uuids)) == 2
    assert manage(*ARCHIVE, "--until-complete") == (0, [])
    assert api.mappings.of(uuids) == {} and api.specs.of(uuids) == {}
    assert manage(*ARCHIVE, "--verbose") == (0, ["Nothing was archived."])
    assert manage("db", "purge", "--before", "2001-01-01")[0] == 3
    code, lines = manage("db", "purge", "--all", "--verbose")
    assert code == 0 and "Deleted 3 rows from shadow_instances" in lines
    assert manage("db", "purge", "--all")[0] == 3


def test_all_cells_are_told_apart(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str
) -> None:
    gone(cell, api, cell1)
    code, lines = manage(*ARCHIVE, "--all-cells", "--until-complete", "--verbose", "--purge")
    shown = "\n".join(lines)
    assert code == 0 and "cell1.instances" in shown and "API_DB.instance_mappings" in shown
    assert lines[0].startswith("Archiving.") and lines[0].endswith("complete")
    assert "Deleted 1 rows from cell1.shadow_instances" in lines


def test_age_counts(manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str) -> None:
    gone(cell, api, cell1)
    assert manage(*ARCHIVE, "--before", "Jan 1 2020")[0] == 0
    assert manage(*ARCHIVE, "--before", "2999-12-31", "--task-log")[0] == 1


def test_it_may_be_interrupted(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        gone(cell, api, cell1)

    def interrupt(_clock: object, seconds: float) -> None:
        assert seconds == 7
        raise KeyboardInterrupt

    monkeypatch.setattr("nova.core.clock.RealClock.sleep", interrupt)
    words = ("--max_rows", "1", "--until-complete", "--sleep", "7", "--verbose", "--purge")
    code, lines = manage(*ARCHIVE, *words)
    assert code == 1 and lines[0] == "Archiving.stopped"
    assert any("instances" in line for line in lines), "what was done is told"
    assert not any("Deleted" in line for line in lines)


def test_without_an_api_database(
    manage: Manage, ready: None, folder: Path, urls: dict[str, str]
) -> None:
    conf = folder / "nova.conf"
    conf.write_text(conf.read_text().replace(f"connection = {urls['api']}", ""))
    assert manage(*ARCHIVE) == (3, [archiving.NO_API])
    assert manage("db", "purge", "--all", "--all-cells")[0] == 4
