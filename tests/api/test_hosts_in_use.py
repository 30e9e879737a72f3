"""Hosts that hold servers: what is shown of them, and what is no longer allowed."""

from datetime import timedelta

import pytest

from nova.clients.placement.contract import Allocation, Consumer, Inventory
from tests import records
from tests.api.world import PROJECT, Host, World


@pytest.fixture
def world() -> World:
    made = World()
    made.add_hosts(["host1", "host2"])
    return made


def test_hypervisors_with_their_servers(world: World) -> None:
    one, two = world.add_server("host1"), world.add_server("host1")
    world.add_server("host2")
    answer = world.ask("GET", "/os-hypervisors/host1/servers", who="admin")
    (shown,) = answer.json["hypervisors"]
    assert {each["uuid"]: each["name"] for each in shown["servers"]} == {
        server.uuid: f"instance-{server.id:08x}" for server in (one, two)
    }
    answer = world.ask(
        "GET", "/os-hypervisors/detail?with_servers=yes", who="admin", version="2.53"
    )
    assert [len(each["servers"]) for each in answer.json["hypervisors"]] == [2, 1]


def test_hosts_with_what_was_promised(world: World) -> None:
    world.add_server("host1", vcpus=2, memory_mb=1024, root_gb=10, ephemeral_gb=5)
    world.add_server("host1", vcpus=1, memory_mb=512, root_gb=1)
    rows = {
        row["resource"]["project"]: row["resource"]
        for row in world.ask("GET", "/os-hosts/host1", who="admin").json["host"]
    }
    promised = {"host": "host1", "cpu": 3, "memory_mb": 1536, "disk_gb": 16}
    assert rows["(used_max)"] == promised | {"project": "(used_max)"}
    assert rows[PROJECT] == promised | {"project": PROJECT}


def test_limits_count_what_is_used(world: World) -> None:
    world.add_server("host1", vcpus=2, memory_mb=1024)
    world.add_server("host2", vcpus=1, memory_mb=512)
    used = world.ask("GET", "/limits").json["limits"]["absolute"]
    assert [used[f"total{what}Used"] for what in ("Instances", "Cores", "RAM")] == [2, 3, 1536]
    assert (
        world.ask("GET", "/limits", who="other").json["limits"]["absolute"]["totalCoresUsed"] == 0
    )


def test_a_service_is_not_deleted_under_servers(world: World) -> None:
    world.add_server("host1")
    answer = world.ask("DELETE", "/os-services/1", who="admin")
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == (
        "Unable to delete compute service that is hosting instances. "
        "Migrate or delete the instances first."
    )
    assert world.ask("DELETE", "/os-services/2", who="admin").status_int == 204


def test_a_service_is_not_deleted_under_operations(world: World) -> None:
    server = world.add_server("host2")
    (created,) = world.cell.operations.of_instance(server.uuid)
    world.cell.operations.claim(
        created.id, "compute:host1:boot", records.now(), records.now() + timedelta(minutes=1)
    )
    answer = world.ask("DELETE", "/os-services/1", who="admin")
    assert answer.status_int == 409
    assert "in-progress migrations" in answer.json["conflictingRequest"]["message"]


def test_deleting_a_service_forgets_its_host_everywhere(world: World) -> None:
    (node,) = world.cell.nodes.find(host="host1")
    world.ask("POST", "/os-aggregates", who="admin", json={"aggregate": {"name": "a"}})
    world.ask("POST", "/os-aggregates/1/action", who="admin", json={"add_host": {"host": "host1"}})
    assert len(world.placement.facts.aggregates(None, node.uuid).aggregates) == 1
    assert world.ask("DELETE", "/os-services/1", who="admin").status_int == 204
    assert world.placement.providers.get(None, node.uuid) is None
    assert world.cell.nodes.find(host="host1") == []
    assert world.stores.api.aggregates.get(1).hosts == []
    assert [mapping.host for mapping in world.stores.api.hosts.find()] == ["host2"]


def test_resources_that_are_still_held_keep_the_service(world: World) -> None:
    (node,) = world.cell.nodes.find(host="host1")
    world.placement.facts.set_inventories(None, node.uuid, {"VCPU": Inventory(total=4)})
    world.placement.allocations.claim(None, _allocation(node.uuid))
    assert world.ask("DELETE", "/os-services/1", who="admin").status_int == 409
    assert world.cell.nodes.find(host="host1")


def _allocation(provider: str) -> Allocation:
    return Allocation(Consumer(records.new_uuid(), PROJECT, "alice"), {provider: {"VCPU": 1}})


def test_aggregates_are_told_to_placement(world: World) -> None:
    (node,) = world.cell.nodes.find(host="host1")
    world.ask("POST", "/os-aggregates", who="admin", json={"aggregate": {"name": "a"}})
    body = {"host": "host1"}
    world.ask("POST", "/os-aggregates/1/action", who="admin", json={"add_host": body})
    uuid = world.stores.api.aggregates.get(1).uuid
    assert world.placement.facts.aggregates(None, node.uuid).aggregates == {uuid}
    world.ask("POST", "/os-aggregates/1/action", who="admin", json={"remove_host": body})
    assert world.placement.facts.aggregates(None, node.uuid).aggregates == frozenset()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/os-aggregates/1", {"aggregate": {"availability_zone": "paris"}}, 400),
        ("PUT", "/os-aggregates/1", {"aggregate": {"availability_zone": "london"}}, 200),
        ("PUT", "/os-aggregates/1", {"aggregate": {"name": "b"}}, 200),
        (
            "POST",
            "/os-aggregates/1/action",
            {"set_metadata": {"metadata": {"availability_zone": None}}},
            400,
        ),
        ("POST", "/os-aggregates/1/action", {"set_metadata": {"metadata": {"ssd": "1"}}}, 200),
        ("POST", "/os-aggregates/1/action", {"add_host": {"host": "host2"}}, 409),
        ("POST", "/os-aggregates/2/action", {"add_host": {"host": "host2"}}, 200),
        ("POST", "/os-aggregates/3/action", {"add_host": {"host": "host2"}}, 200),
        ("POST", "/os-aggregates/1/action", {"remove_host": {"host": "host1"}}, 409),
    ],
)
def test_servers_do_not_change_zones(
    world: World, method: str, path: str, body: dict[str, object], status: int
) -> None:
    for aggregate in (
        {"name": "a", "availability_zone": "london"},
        {"name": "plain"},
        {"name": "same", "availability_zone": "nova"},
    ):
        world.ask("POST", "/os-aggregates", who="admin", json={"aggregate": aggregate})
    world.ask("POST", "/os-aggregates/1/action", who="admin", json={"add_host": {"host": "host1"}})
    for host in ("host1", "host2"):
        world.add_server(host)
    answer = world.ask(method, path, who="admin", json=body)
    assert answer.status_int == status, answer.text
    if status >= 400:
        assert "One or more hosts contain instances in this zone" in answer.text


def test_hosts_that_cannot_tell_their_uptime() -> None:
    world = World()
    world.add_host("mute", Host(tells=False))
    assert world.ask("GET", "/os-hypervisors/1/uptime", who="admin").status_int == 501
    answer = world.ask("GET", "/os-hypervisors/detail", who="admin", version="2.88")
    assert answer.json["hypervisors"][0]["uptime"] is None


def test_a_cell_that_does_not_answer(world: World) -> None:
    silent = {world.cell.uuid: TimeoutError("gone")}
    world.stores.each = lambda ask: silent  # type: ignore[method-assign]
    old = world.ask("GET", "/os-services", who="admin", version="2.68").json["services"]
    assert old == []
    new = world.ask("GET", "/os-services", who="admin", version="2.69").json["services"]
    assert new == [
        {"binary": "nova-compute", "host": host, "status": "UNKNOWN"} for host in ("host1", "host2")
    ]


def test_a_host_that_does_not_know_its_uptime(world: World) -> None:
    node = world.add_host("dumb", Host(uptime=None))
    answer = world.ask("GET", f"/os-hypervisors/{node.id}/uptime", who="admin")
    assert answer.status_int == 501
    shown = world.ask("GET", f"/os-hypervisors/{node.uuid}", who="admin", version="2.88")
    assert shown.json["hypervisor"]["uptime"] is None
