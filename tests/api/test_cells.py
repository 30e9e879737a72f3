"""Lists and numbers over several cells."""

import pytest

from nova.objects.cloud import HostMapping
from tests.api.world import World
from tests.stores import CELL1_UUID

CELL2_UUID = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def world() -> World:
    """host1 and host2 in one cell, host3 and host4 in another: the same numbers twice."""
    made = World(cells=(CELL1_UUID, CELL2_UUID))
    made.add_hosts(["host1", "host2"])
    made.cell = made.stores.cell(CELL2_UUID)
    made.add_hosts(["host3", "host4"])
    for host in ("host3", "host4"):
        made.stores.api.hosts.delete(host)
        made.stores.api.hosts.add([HostMapping(host=host, cell_uuid=CELL2_UUID)])
    return made


def hosts(world: World, query: str) -> tuple[list[str], str | None]:
    answer = world.ask("GET", f"/os-hypervisors{query}", who="admin", version="2.53").json
    names = [each["hypervisor_hostname"].partition(".")[0] for each in answer["hypervisors"]]
    more = answer.get("hypervisors_links")
    return names, more[0]["href"].partition("os-hypervisors")[2] if more else None


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_go_on_in_the_next_cell(world: World, size: int) -> None:
    seen: list[str] = []
    query: str | None = f"?limit={size}"
    while query is not None:
        names, query = hosts(world, query)
        assert len(names) <= size
        seen.extend(names)
    assert sorted(seen) == ["host1", "host2", "host3", "host4"]


def test_a_number_that_several_cells_use(world: World) -> None:
    answer = world.ask("DELETE", "/os-services/1", who="admin")
    assert answer.status_int == 400
    assert answer.json["badRequest"]["message"] == "More than one possible service found."


def test_changes_reach_the_right_cell(world: World) -> None:
    body = {"host": "host4", "binary": "nova-compute"}
    assert world.ask("PUT", "/os-services/disable", who="admin", json=body).status_int == 200
    listed = world.ask("GET", "/os-services", who="admin").json["services"]
    assert {each["host"] for each in listed if each["status"] == "disabled"} == {"host4"}


def test_totals_are_of_all_cells(world: World) -> None:
    answer = world.ask("GET", "/os-hypervisors/statistics", who="admin").json
    assert answer["hypervisor_statistics"]["count"] == 4
    assert answer["hypervisor_statistics"]["vcpus"] == 8
