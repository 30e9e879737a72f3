"""How many SQL statements a list costs does not depend on how long it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.api.nouns import add_migration
from tests.api.servers import add_server
from tests.api.world import World

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFwqkyjG5hWQ4oCxqOSPJA/mfwrOp1sR81CFKp0cgDm"


@contextmanager
def counted() -> Iterator[list[str]]:
    """Statements of all engines, transaction control not counted."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def filled(count: int) -> World:
    world = World(quota__server_groups=-1)
    world.add_hosts(f"host{number}" for number in range(count))
    for number in range(count):
        body = {
            "flavor": {"id": f"{number}", "name": f"f{number}", "ram": 1, "vcpus": 1, "disk": 1}
        }
        assert world.ask("POST", "/flavors", who="admin", json=body).status_int == 200
        specs = {"extra_specs": {"a": "b", "c": "d"}}
        world.ask("POST", f"/flavors/{number}/os-extra_specs", who="admin", json=specs)
        keypair = {"keypair": {"name": f"k{number}", "public_key": KEY}}
        world.ask("POST", "/os-keypairs", who="admin", json=keypair)
        group = {"server_group": {"name": f"g{number}", "policies": ["affinity"]}}
        world.ask("POST", "/os-server-groups", who="admin", json=group)
        world.ask("POST", "/os-aggregates", who="admin", json={"aggregate": {"name": f"{number}"}})
        server = add_server(world, f"s{number}", host=f"host{number}")
        add_migration(world, server, number, migration_type="live-migration", status="running")
    return world


@pytest.fixture(scope="module")
def short() -> World:
    return filled(2)


@pytest.fixture(scope="module")
def long() -> World:
    return filled(20)


def cost(world: World, path: str, version: str, who: str = "admin") -> int:
    # The first time also reads what is remembered afterwards.
    world.ask("GET", path, who=who, version=version)
    with counted() as statements:
        assert world.ask("GET", path, who=who, version=version).status_int == 200
    return len(statements)


@pytest.mark.parametrize(
    ("path", "version", "budget"),
    [
        ("/flavors", "2.1", 2),
        ("/flavors/detail", "2.61", 2),
        ("/flavors/1", "2.61", 2),
        ("/flavors/1/os-extra_specs", "2.1", 2),
        ("/os-keypairs", "2.35", 1),
        ("/os-services", "2.53", 5),
        ("/os-availability-zone/detail", "2.1", 5),
        ("/os-hypervisors", "2.53", 4),
        ("/os-hypervisors/detail?with_servers=1", "2.75", 5),
        ("/os-hypervisors/statistics", "2.1", 4),
        ("/limits", "2.57", 6),
        ("/os-aggregates", "2.41", 4),
        ("/os-server-groups", "2.64", 4),
        ("/os-migrations", "2.80", 2),
        ("/os-simple-tenant-usage?detailed=1&start=2026-08-21T00:00:00", "2.40", 2),
        ("/os-instance_usage_audit_log", "2.1", 4),
        ("/os-quota-sets/6f70656e737461636b20342065766572", "2.57", 2),
        ("/os-quota-sets/6f70656e737461636b20342065766572/detail", "2.57", 6),
    ],
)
def test_constant(short: World, long: World, path: str, version: str, budget: int) -> None:
    few, many = cost(short, path, version), cost(long, path, version)
    assert few == many <= budget


def with_servers(count: int) -> World:
    world = World()
    world.add_host("host1")
    for number in range(count):
        add_server(world, f"s{number}", tags=["a"], metadata={"a": "b"})
    return world


@pytest.mark.parametrize(
    ("path", "who", "budget"),
    [
        ("/servers", "user", 3),
        ("/servers/detail", "user", 8),
        ("/servers/detail", "admin", 10),
        ("/servers?limit=1", "user", 3),
        ("/servers?status=ACTIVE&tags=a", "user", 3),
        ("/servers/detail?name=s", "user", 8),
    ],
)
def test_lists_of_servers(path: str, who: str, budget: int) -> None:
    few, many = (cost(with_servers(count), path, "2.104", who) for count in (2, 20))
    assert few == many, (few, many)
    assert many <= budget


@pytest.mark.parametrize(("who", "budget"), [("user", 8), ("admin", 10)])
def test_one_server(who: str, budget: int) -> None:
    world = with_servers(1)
    (server,) = world.ask("GET", "/servers").json["servers"]
    assert cost(world, f"/servers/{server['id']}", "2.104", who) <= budget
