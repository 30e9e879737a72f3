"""nova-manage: what it prints, what it answers, and what is there afterwards."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nova.cmd.manage import main
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import CELL0_UUID, HostMapping
from nova.objects.host import Service
from tests import records

Manage = Callable[..., tuple[int, list[str]]]


def add_host(cell: SqlCellStore, host: str) -> None:
    service = Service(host=host, binary="nova-compute", topic="compute", version=1)
    cell.services.register(service)
    cell.nodes.save(records.compute_node(host))


def add_server(cell: SqlCellStore, host: str | None = None) -> str:
    made = records.instance(host=host)
    cell.operations.create(made, records.operation(made.uuid))
    return made.uuid


def new_cell(manage: Manage) -> str:
    return manage("cell_v2", "create_cell", "--name", "cell1", "--verbose")[1][0]


def test_schemas_are_made_and_told(manage: Manage, folder: Path) -> None:
    assert manage("api_db", "version") == (0, ["0"])
    code, _ = manage("db", "sync")
    assert code == 1, "cell0 is not mapped yet"
    assert manage("api_db", "sync")[0] == 0
    assert manage("db", "sync", "--local_cell")[0] == 0
    assert manage("cell_v2", "map_cell0") == (0, [])
    assert manage("db", "sync")[0] == 0
    assert manage("api_db", "version")[1] == ["5d1c8e7ab340"]
    assert manage("db", "version")[1] == ["c4b81d5e7a92"]
    assert (folder / "nova.db_cell0").exists()


def test_what_is_not_configured_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.conf").write_text("")
    assert main(["--config-file", str(tmp_path / "empty.conf"), "api_db", "sync"]) == 1
    error = capsys.readouterr().err
    assert error == "nova-manage: [api_database]connection is not set: it must name a database.\n"


def test_usage(manage: Manage) -> None:
    for words in ([], ["db"], ["db", "nonsense"], ["cell_v2", "delete_cell"]):
        with pytest.raises(SystemExit) as end:
            manage(*words)
        assert end.value.code == 1


def test_cells_are_made_once(manage: Manage, ready: None) -> None:
    assert manage("cell_v2", "map_cell0") == (0, ["Cell0 is already setup"])
    uuid = new_cell(manage)
    code, lines = manage("cell_v2", "create_cell", "--name", "again")
    assert code == 2 and lines[0].endswith(f"already exists for cell cell1({uuid}).")


def test_passwords_are_shown_only_when_asked(manage: Manage, ready: None) -> None:
    uuid = new_cell(manage)
    table = "\n".join(manage("cell_v2", "list_cells")[1])
    assert "secret" not in table and "rabbit://user:****@one:1,user:****@two:2/" in table
    assert uuid in table and CELL0_UUID in table
    assert "| Name " in table and " Database Connection " in table
    assert "user:secret@two:2" in "\n".join(manage("cell_v2", "list_cells", "--verbose")[1])


def test_a_whole_cloud_at_once(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> None:
    code, lines = manage("cell_v2", "simple_cell_setup")
    assert (code, lines[-1]) == (1, "No hosts found to map to cell, exiting.")
    add_host(cell, "h1")
    uuids = [add_server(cell, "h1") for _ in range(60)]
    for _ in range(2):
        assert manage("cell_v2", "simple_cell_setup")[0] == 0
    (made,) = [each for each in api.cells.find() if each.uuid != CELL0_UUID]
    assert api.hosts.cell_of("h1") == made.uuid
    assert {each.cell_uuid for each in api.mappings.of(uuids).values()} == {made.uuid}


def test_hosts_are_discovered(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> None:
    uuid = new_cell(manage)
    assert manage("cell_v2", "discover_hosts", "--strict")[0] == 1
    add_host(cell, "h1")
    code, lines = manage("cell_v2", "discover_hosts", "--verbose", "--strict")
    node = cell.nodes.find(host="h1")[0].uuid
    assert (code, lines) == (0, [
        "Found 2 cell mappings.",
        "Skipping cell0 since it does not contain hosts.",
        f"Getting computes from cell 'cell1': {uuid}",
        f"Checking host mapping for compute host 'h1': {node}",
        f"Creating host mapping for compute host 'h1': {node}",
        f"Found 1 unmapped computes in cell: {uuid}",
    ])  # fmt: skip
    assert manage("cell_v2", "discover_hosts", "--strict", "--cell_uuid", uuid)[0] == 1
    service = Service(host="h2", binary="nova-compute", topic="compute", version=1)
    cell.services.register(service)
    assert manage("cell_v2", "discover_hosts", "--strict", "--by-service")[0] == 0
    table = "\n".join(manage("cell_v2", "list_hosts")[1])
    assert "| cell1     | " in table and "h1" in table and "h2" in table
    assert manage("cell_v2", "discover_hosts", "--cell_uuid", "x")[0] == 1
    assert manage("cell_v2", "list_hosts", "--cell_uuid", "x")[0] == 1


def test_a_host_of_two_cells_is_an_error(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore
) -> None:
    other = manage(
        "cell_v2",
        "create_cell",
        "--verbose",
        "--database_connection",
        "sqlite://",
        "--transport-url",
        "rabbit://other",
    )[1][0]
    new_cell(manage)
    add_host(cell, "h1")
    api.hosts.add([HostMapping(host="h1", cell_uuid=other)])
    mine = next(each.uuid for each in api.cells.find() if each.name == "cell1")
    assert manage("cell_v2", "discover_hosts", "--cell_uuid", mine)[0] == 2


def test_hosts_are_removed(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> None:
    uuid = new_cell(manage)
    add_host(cell, "h1")
    manage("cell_v2", "discover_hosts")
    server = add_server(cell, "h1")

    def delete(cell_uuid: str, host: str) -> int:
        return manage("cell_v2", "delete_host", "--cell_uuid", cell_uuid, "--host", host)[0]

    assert delete("x", "h1") == 1
    assert delete(uuid, "unknown") == 2
    assert delete(CELL0_UUID, "h1") == 3
    assert delete(uuid, "h1") == 4
    cell.operations.discard(server)
    assert delete(uuid, "h1") == 0
    assert api.hosts.find() == [] and len(cell.nodes.unmapped()) == 1


def test_cells_are_changed(manage: Manage, api: SqlApiStore) -> None:
    uuid = new_cell(manage)

    def change(*words: str, cell_uuid: str = uuid) -> int:
        return manage("cell_v2", "update_cell", "--cell_uuid", cell_uuid, *words)[0]

    assert change("--name", "other", "--disable") == 0
    assert (api.cells.get(uuid).name, api.cells.get(uuid).disabled) == ("other", True)
    assert change("--enable") == 0 and not api.cells.get(uuid).disabled
    assert change(cell_uuid="x") == 1
    cell0 = api.cells.get(CELL0_UUID).database_connection
    assert change("--database_connection", cell0) == 3
    assert change("--enable", "--disable") == 4
    assert change("--disable", cell_uuid=CELL0_UUID) == 5
    assert change("--transport-url", "rabbit://new") == 0
    assert api.cells.get(uuid).transport_url == "rabbit://new"


def test_cells_are_removed(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> None:
    uuid = new_cell(manage)
    add_host(cell, "h1")
    server = add_server(cell)
    manage("cell_v2", "discover_hosts")
    assert manage("cell_v2", "map_instances", "--cell_uuid", uuid)[0] == 0

    def delete(*words: str) -> int:
        return manage("cell_v2", "delete_cell", "--cell_uuid", *words)[0]

    assert delete("x") == 1
    assert delete(uuid) == 2
    assert delete(uuid, "--force") == 3
    cell.operations.discard(server)
    api.hosts.delete("h1")
    assert delete(uuid) == 4
    assert delete(uuid, "--force") == 0
    assert [each.uuid for each in api.cells.find()] == [CELL0_UUID]


def test_servers_are_mapped_in_parts(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> None:
    uuid = new_cell(manage)
    uuids = [add_server(cell) for _ in range(5)]

    def more(count: str) -> int:
        return manage("cell_v2", "map_instances", "--cell_uuid", uuid, "--max-count", count)[0]

    assert more("0") == 127
    assert more("2") == 1
    assert len(api.mappings.of(uuids)) == 2
    assert more("2") == 1
    assert more("2") == 0
    assert len(api.mappings.of(uuids)) == 5


def test_servers_are_verified(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> None:
    uuid = new_cell(manage)
    server = add_server(cell)

    def verify(server: str = server, *words: str) -> tuple[int, list[str]]:
        return manage("cell_v2", "verify_instance", "--uuid", server, *words)

    assert verify()[0] == 1
    build = records.build_request()
    api.builds.record([(build, records.request_spec(build.instance_uuid))])
    assert verify(build.instance_uuid)[0] == 2
    manage("cell_v2", "map_instances", "--cell_uuid", uuid)
    assert verify() == (0, [f"Instance {server} is in cell: cell1 ({uuid})"])
    assert verify(server, "--quiet") == (0, [])
    cell.operations.discard(server)
    assert verify()[0] == 3
    api.builds.place(build.instance_uuid, uuid)
    assert verify(build.instance_uuid)[0] == 4
