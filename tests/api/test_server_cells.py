"""Lists over several cells, and servers whose cell does not answer."""

from typing import Any

import pytest

from nova.objects.cloud import CELL0_UUID
from nova.objects.store.errors import DatabaseUnavailable
from tests import records
from tests.api.servers import add_pending, add_server
from tests.api.world import OTHER_PROJECT, World
from tests.stores import CELL1_UUID

CELL2_UUID = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def world() -> World:
    return World(cells=(CELL1_UUID, CELL2_UUID))


def names(answer: Any) -> str:
    return "".join(one["name"] for one in answer.json["servers"])


def spread(world: World) -> dict[str, str]:
    """a to f over cell0 and two cells, from the oldest to the newest; p has no cell."""
    cells = [world.stores.cell(uuid) for uuid in (CELL1_UUID, CELL2_UUID, CELL0_UUID)]
    found = {
        name: add_server(world, name, cells[number % 3], host=None, node=None)
        for number, name in enumerate("abcdef")
    }
    return found | {"p": add_pending(world, "p")}


@pytest.mark.parametrize("way", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_every_server_is_on_one_page(world: World, way: str, limit: int) -> None:
    spread(world)
    seen, path = "", f"/servers?limit={limit}&sort_key=display_name&sort_dir={way}"
    while path:
        answer = world.ask("GET", path)
        assert len(answer.json["servers"]) <= limit
        seen += names(answer)
        links = answer.json.get("servers_links")
        path = links[0]["href"].partition("/v2.1")[2] if links else ""
    wanted = "abcdef" if way == "asc" else "fedcba"
    assert seen == "p" + wanted


def silence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of the second cell is away."""
    database = world.stores.cell(CELL2_UUID).instances._database

    def nothing(work: Any) -> Any:
        raise DatabaseUnavailable(service="The database", reason="away")

    monkeypatch.setattr(database, "read", nothing)


def test_a_cell_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    uuids = spread(world)
    silence(world, monkeypatch)
    assert names(world.ask("GET", "/servers")) == "pfdca"
    listed = world.ask("GET", "/servers", version="2.69").json["servers"]
    assert [one.get("name") for one in listed] == ["p", "f", "d", "c", "a", None, None]
    assert all(set(one) == {"id", "status", "links"} for one in listed[-2:])
    assert {one["id"] for one in listed[-2:]} == {uuids["b"], uuids["e"]}
    detailed = world.ask("GET", "/servers/detail", version="2.69").json["servers"]
    assert all(
        set(one) == {"id", "status", "links", "tenant_id", "created"} for one in detailed[-2:]
    )
    assert {one["status"] for one in detailed[-2:]} == {"UNKNOWN"}
    short = world.ask("GET", "/servers?limit=6", version="2.69").json["servers"]
    assert len(short) == 6
    fitting = world.ask("GET", "/servers?name=.", version="2.69").json["servers"]
    assert all("name" in one for one in fitting)
    everybody = world.ask("GET", "/servers?all_tenants=1", version="2.69", who="admin")
    assert len(everybody.json["servers"]) == 7


def test_a_server_of_a_cell_that_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    uuids = spread(world)
    foreign = add_server(world, "z", world.stores.cell(CELL2_UUID), project_id=OTHER_PROJECT)
    silence(world, monkeypatch)
    path = f"/servers/{uuids['b']}"
    assert world.ask("GET", path, version="2.68").status_int == 503
    server = world.ask("GET", path, version="2.71").json["server"]
    assert set(server) == {
        "id", "status", "links", "tenant_id", "created", "user_id", "flavor", "image",
        "OS-EXT-AZ:availability_zone", "OS-EXT-STS:power_state", "server_groups",
    }  # fmt: skip
    assert (server["status"], server["OS-EXT-AZ:availability_zone"]) == ("UNKNOWN", "UNKNOWN")
    assert "server_groups" not in world.ask("GET", path, version="2.70").json["server"]
    assert world.ask("GET", f"/servers/{foreign}", version="2.71").status_int == 404
    assert world.ask("GET", f"/servers/{foreign}", version="2.71", who="other").status_int == 200
    assert world.ask("GET", f"/servers/{records.new_uuid()}", version="2.71").status_int == 404


def test_operators_may_want_no_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = World(
        cells=(CELL1_UUID, CELL2_UUID), api__list_records_by_skipping_down_cells=False
    )
    spread(strict)
    assert strict.ask("GET", "/servers").status_int == 200
    silence(strict, monkeypatch)
    assert strict.ask("GET", "/servers").status_int == 503


@pytest.mark.parametrize("narrow", [False, True])
def test_only_cells_of_the_project_are_asked(
    narrow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(
        cells=(CELL1_UUID, CELL2_UUID), api__instance_list_per_project_cells=narrow
    )
    add_server(world, "a")
    add_server(world, "z", world.stores.cell(CELL2_UUID), project_id=OTHER_PROJECT)
    asked: list[str] = []
    for uuid in (CELL0_UUID, CELL1_UUID, CELL2_UUID):
        instances = world.stores.cell(uuid).instances

        def find(*given: Any, _cell: str = uuid, _find: Any = instances.find, **more: Any) -> Any:
            asked.append(_cell)
            return _find(*given, **more)

        monkeypatch.setattr(instances, "find", find)
    assert names(world.ask("GET", "/servers")) == "a"
    assert asked == [CELL1_UUID] if narrow else len(asked) == 3
    asked.clear()
    assert names(world.ask("GET", "/servers?all_tenants=1", who="admin")) == "za"
    assert len(asked) == 3
