"""[DEFAULT]osapi_compute_unique_server_name_scope: who may have which name."""

import threading
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.objects.cloud import CELL0_UUID
from nova.objects.store.errors import DatabaseUnavailable
from tests import records
from tests.api.servers import IMAGE, add_pending, add_server
from tests.api.world import OTHER_PROJECT, World
from tests.stores import CELL1_UUID

CELL2_UUID = "22222222-2222-4222-8222-222222222222"
TAKEN = {"conflictingRequest": {"code": 409, "message": "Instance Web already exists."}}


def world_of(scope: str) -> World:
    made = World(cells=(CELL1_UUID, CELL2_UUID), osapi_compute_unique_server_name_scope=scope)
    made.stores.api.flavors.create(records.flavor(flavorid="1", name="tiny", root_gb=1))
    made.images.add(ImageMeta(id=IMAGE, name="tiny", disk_format="raw", container_format="bare",
                              visibility="public"), b"tiny")
    return made


def create(world: World, name: str, who: str = "user", **fields: Any) -> Any:
    server = {"name": name, "imageRef": IMAGE, "flavorRef": "1", "networks": "none"} | fields
    return world.ask("POST", "/servers", who=who, version="2.37", json={"server": server})


def rename(world: World, uuid: str, name: str, who: str = "user") -> Any:
    return world.ask("PUT", f"/servers/{uuid}", who=who, json={"server": {"name": name}})


@pytest.mark.parametrize(("scope", "own", "others"), [
    ("", 202, 202), ("project", 409, 202), ("global", 409, 409),
])
def test_creates(scope: str, own: int, others: int) -> None:
    world = world_of(scope)
    assert create(world, "Web").status_int == 202
    again = create(world, "web")
    assert (again.status_int, create(world, "WEB", who="other").status_int) == (own, others)
    assert again.status_int == 202 or again.json == TAKEN
    assert create(world, "web2").status_int == 202


@pytest.mark.parametrize("place", [CELL0_UUID, CELL1_UUID, CELL2_UUID])
def test_the_other_may_be_in_any_cell(place: str) -> None:
    world = world_of("project")
    add_server(world, "Web", world.stores.cell(place))
    assert create(world, "web").json == TAKEN
    assert create(world, "web", who="other").status_int == 202
    assert not world.stores.api.builds.find(project_id="alice")


def test_names_of_deleted_servers_are_free() -> None:
    world = world_of("global")
    add_server(world, "Web", deleted=True)
    assert create(world, "web").status_int == 202


def test_several_at_once_have_numbers() -> None:
    world = world_of("project")
    assert create(world, "web", min_count=2).status_int == 202
    assert create(world, "WEB-2").status_int == 409
    assert create(world, "web", min_count=2).status_int == 409
    assert len(world.stores.api.builds.find()) == 2


def test_renaming() -> None:
    world = world_of("project")
    uuid, waiting = add_server(world, "a"), add_pending(world, "p")
    add_server(world, "Web", world.stores.cell(CELL2_UUID))
    foreign = add_server(world, "z", project_id=OTHER_PROJECT)
    for server in (uuid, waiting):
        assert rename(world, server, "web").json == TAKEN
        assert rename(world, server, "A" if server == uuid else "P").status_int == 200
        assert rename(world, server, f"new-{server}").status_int == 200
    assert rename(world, uuid, f"New-{waiting}").status_int == 409
    assert rename(world, waiting, f"New-{uuid}").status_int == 409
    assert rename(world, foreign, "web", who="other").status_int == 200
    # An administrator's project is not what counts.
    assert rename(world, foreign, f"new-{uuid}", who="admin").status_int == 200


def test_a_rebuild_may_rename() -> None:
    world = world_of("project")
    uuid = add_server(world, "a")
    add_server(world, "Web")
    path, image = f"/servers/{uuid}/action", {"imageRef": IMAGE}
    assert world.ask("POST", path, json={"rebuild": {**image, "name": "web"}}).json == TAKEN
    assert world.ask("POST", path, json={"rebuild": {**image, "name": "b"}}).status_int == 202


def test_letters_beyond_ascii() -> None:
    world = world_of("project")
    add_server(world, "\N{LATIN CAPITAL LETTER E WITH ACUTE}tat")
    assert create(world, "\N{LATIN CAPITAL LETTER E WITH ACUTE}tat").status_int == 409


def test_no_promise_while_a_cell_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of("global")

    def nothing(work: Any) -> Any:
        raise DatabaseUnavailable(service="The database", reason="away")

    monkeypatch.setattr(world.stores.cell(CELL2_UUID).instances._database, "read", nothing)
    assert create(world, "Web").status_int == 503
    assert not world.stores.api.builds.find()


def test_of_many_at_once_one_has_the_name() -> None:
    world = world_of("project")
    uuids = [add_server(world, f"s{number}") for number in range(4)]
    codes: list[int] = []

    def both(uuid: str) -> None:
        codes.append(create(world, "Web").status_int)
        codes.append(rename(world, uuid, "web").status_int)

    threads = [threading.Thread(target=both, args=(uuid,)) for uuid in uuids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(codes) == 8
    assert sorted(code for code in codes if code != 409) in ([200], [202])
