"""How many SQL statements a list costs does not depend on how long it is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from nova.api.routes import all_routes
from nova.core.states import Transition, VmState
from tests import records
from tests.api.nouns import add_migration
from tests.api.servers import add_server, vifs
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
    private = {"id": "private", "name": "p", "ram": 1, "vcpus": 1, "disk": 1}
    private["os-flavor-access:is_public"] = False
    world.ask("POST", "/flavors", who="admin", json={"flavor": private})
    for number in range(count):
        access = {"addTenantAccess": {"tenant": f"{number:032x}"}}
        world.ask("POST", "/flavors/private/action", who="admin", json=access)
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


NOUNS = (
        ("/flavors", "2.1", 2),
        ("/flavors/detail", "2.61", 2),
        ("/flavors/1", "2.61", 2),
        ("/flavors/1/os-extra_specs", "2.1", 2),
        ("/flavors/private/os-flavor-access", "2.1", 4),
        ("/os-keypairs", "2.35", 1),
        ("/os-services", "2.53", 5),
        ("/os-hosts", "2.1", 5),
        ("/os-availability-zone", "2.1", 5),
        ("/os-availability-zone/detail", "2.1", 5),
        ("/os-hypervisors", "2.53", 4),
        ("/os-hypervisors/detail?with_servers=1", "2.75", 5),
        ("/os-hypervisors/statistics", "2.1", 4),
        ("/os-hypervisors/host/search", "2.52", 4),
        ("/os-hypervisors/host/servers", "2.52", 5),
        ("/limits", "2.57", 6),
        ("/os-aggregates", "2.41", 4),
        ("/os-server-groups", "2.64", 4),
        ("/os-migrations", "2.80", 2),
        ("/os-simple-tenant-usage?detailed=1&start=2026-08-21T00:00:00", "2.40", 2),
        ("/os-instance_usage_audit_log", "2.1", 4),
        ("/os-quota-sets/6f70656e737461636b20342065766572", "2.57", 2),
        ("/os-quota-sets/6f70656e737461636b20342065766572/detail", "2.57", 6),
        ("/os-quota-sets/6f70656e737461636b20342065766572/defaults", "2.57", 2),
)


@pytest.mark.parametrize(("path", "version", "budget"), NOUNS)
def test_constant(short: World, long: World, path: str, version: str, budget: int) -> None:
    few, many = cost(short, path, version), cost(long, path, version)
    assert few == many <= budget


def with_servers(count: int) -> World:
    world = World()
    world.add_host("host1")
    for number in range(count):
        add_server(world, f"s{number}", tags=["a"], metadata={"a": "b"})
    return world


SERVERS = (
        ("/servers", "user", 3),
        ("/servers/detail", "user", 8),
        ("/servers/detail", "admin", 10),
        ("/servers?limit=1", "user", 3),
        ("/servers?status=ACTIVE&tags=a", "user", 3),
        ("/servers/detail?name=s", "user", 8),
        ("/os-volumes_boot", "user", 3),
        ("/os-volumes_boot/detail", "user", 8),
)


@pytest.mark.parametrize(("path", "who", "budget"), SERVERS)
def test_lists_of_servers(path: str, who: str, budget: int) -> None:
    version = "2.102" if "boot" in path else "2.104"
    few, many = (cost(with_servers(count), path, version, who) for count in (2, 20))
    assert few == many, (few, many)
    assert many <= budget


@pytest.mark.parametrize(("who", "budget"), [("user", 8), ("admin", 10)])
def test_one_server(who: str, budget: int) -> None:
    world = with_servers(1)
    (server,) = world.ask("GET", "/servers").json["servers"]
    assert cost(world, f"/servers/{server['id']}", "2.104", who) <= budget


def laden(count: int) -> tuple[World, str]:
    """A server that has `count` of all there can be many of."""
    world = World()
    world.add_hosts(("host1", "host2"))
    names = [f"n{number}" for number in range(count)]
    uuid = add_server(world, "s", tags=names, metadata=dict.fromkeys(names, "v"),
                      network_info=vifs(*(f"10.0.0.{each}" for each in range(1, count + 1))))
    for number in range(count):
        add_migration(world, uuid, number, migration_type="live-migration", status="running")
        device = world.cell.devices.add(records.block_device(
            uuid, device_name=f"/dev/vd{chr(97 + number)}", attachment_id=records.new_uuid()))
        assert device.uuid
        moves = Transition({VmState.ACTIVE}, via=None, to=None)
        world.cell.operations.begin(records.operation(uuid, "lock"), moves, finished=True)
    return world, uuid


@pytest.fixture(scope="module")
def of_servers() -> list[tuple[World, str]]:
    return [laden(count) for count in (2, 20)]


PARTS = (
        ("metadata", 6), ("tags", 6), ("ips", 6), ("os-instance-actions", 7), ("migrations", 7),
        ("os-volume_attachments", 7), ("scheduling-decisions", 3), ("topology", 6),
)


@pytest.mark.parametrize(("part", "budget"), PARTS)
def test_lists_of_one_server(
    of_servers: list[tuple[World, str]], part: str, budget: int
) -> None:
    few, many = (cost(world, f"/servers/{uuid}/{part}", "2.104") for world, uuid in of_servers)
    assert few == many <= budget, (few, many)


# What these show is not in our databases, or is one thing.
ELSEWHERE = re.compile(
    r"/|/extensions|/nova-additions|/images.*|/os-(snapshots|volumes)(/detail)?"
    r"|/os-(floating-ips|floating-ip-pools|networks|tenant-networks|security-groups)"
    r"|/os-baremetal-nodes|/os-hosts/{id}/(reboot|shutdown|startup)|/os-hypervisors/{id}/uptime"
    r"|/servers/{server_id}/(diagnostics|os-interface|os-server-password|os-security-groups"
    r"|shares)"
)


def test_no_list_is_forgotten() -> None:
    asked = [path.partition("?")[0] for path, *_ in (*NOUNS, *SERVERS)]
    asked += [f"/servers/1/{part}" for part, _ in PARTS]
    lists = {route.path for route in all_routes()
             if route.method == "GET" and not route.path.endswith("}")}  # fmt: skip
    forgotten = {path for path in lists if not ELSEWHERE.fullmatch(path)
                 and not any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), one) for one in asked)}
    assert not forgotten
