"""Long lists come in pages: each says where the next one is, until everything was seen once."""

from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.nouns import add_migration
from tests.api.servers import SERVERS_GIVEN, add_server
from tests.api.world import World

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFwqkyjG5hWQ4oCxqOSPJA/mfwrOp1sR81CFKp0cgDm"
MOST = 2
COUNT = 5
SERVER = "10000000-0000-4000-8000-000000000000"

# (address, version, what the list is called, where one's name is)
LISTS = (
    ("/servers", "2.1", "servers", "id"),
    ("/servers/detail", "2.104", "servers", "id"),
    ("/servers?sort_key=display_name&sort_dir=asc", "2.104", "servers", "id"),
    ("/servers?name=s", "2.1", "servers", "id"),
    ("/flavors", "2.1", "flavors", "id"),
    ("/flavors/detail?sort_key=memory_mb", "2.104", "flavors", "id"),
    ("/os-keypairs", "2.35", "keypairs", "keypair.name"),
    ("/os-hypervisors", "2.33", "hypervisors", "id"),
    ("/os-hypervisors/detail", "2.53", "hypervisors", "id"),
    ("/os-migrations", "2.59", "migrations", "uuid"),
    ("/os-migrations?status=done", "2.104", "migrations", "uuid"),
    (f"/servers/{SERVER}/os-instance-actions", "2.58", "instanceActions", "request_id"),
)
# Their links are called otherwise, or by that name.
LINKS = {"instanceActions": "links"}


@cache
def world() -> World:
    made = World(api__max_limit=MOST)
    SERVERS_GIVEN["wherewithal"](made)
    for number in range(COUNT):
        made.add_host(f"host{number}")
        ident = f"10000000-0000-4000-8000-{number:012d}"
        add_server(made, f"s{number % 2}", uuid=ident, user_id="admin")
        add_migration(made, ident, number + 1)
        key = {"keypair": {"name": f"k{number}", "public_key": KEY}}
        assert made.ask("POST", "/os-keypairs", who="admin", json=key).status_int == 200
    for action in ("lock", "unlock") * 2:
        done = made.ask("POST", f"/servers/{SERVER}/action", who="admin", json={action: None})
        assert done.status_int == 202
    return made


def pages(path: str, version: str, name: str) -> list[list[Any]]:
    """Followed by their links alone."""
    found: list[list[Any]] = []
    while path:
        answer = world().ask("GET", path, who="admin", version=version)
        assert answer.status_int == 200, answer.text
        found.append(answer.json[name])
        links = answer.json.get(LINKS.get(name, f"{name}_links"), [])
        assert all(link["rel"] == "next" for link in links) and len(links) < 2
        path = links[0]["href"].partition("/v2.1")[2] if links else ""
        assert len(found) <= 2 * COUNT, "it never ends"
    return found


def _named(one: Any, where: str) -> Any:
    for part in where.split("."):
        one = one[part]
    return one


@pytest.mark.parametrize(("path", "version", "name", "ident"), LISTS, ids=lambda value: str(value))
def test_everything_is_on_one_page(path: str, version: str, name: str, ident: str) -> None:
    found = pages(path, version, name)
    names = [_named(one, ident) for page in found for one in page]
    assert len(found) > 1 and all(len(page) == MOST for page in found[:-1])
    assert len(set(names)) == len(names) >= COUNT


@pytest.mark.parametrize("path", ["/servers", "/flavors"])
def test_more_than_the_maximum_cannot_be_had(path: str) -> None:
    answer = world().ask("GET", f"{path}?limit=1000", who="admin")
    assert len(answer.json[path[1:]]) == MOST


def test_the_next_page_is_asked_as_this_one_was() -> None:
    answer = world().ask("GET", "/servers?name=s&sort_dir=asc&limit=1", who="admin")
    (link,) = answer.json["servers_links"]
    asked = parse_qs(urlsplit(link["href"]).query)
    (shown,) = answer.json["servers"]
    assert asked == {"name": ["s"], "sort_dir": ["asc"], "limit": ["1"], "marker": [shown["id"]]}


def test_usage_of_many_servers() -> None:
    """Pages are cut by servers, not by projects."""
    path, seen = "/os-simple-tenant-usage?detailed=1&limit=2", []
    while path:
        answer = world().ask("GET", path, who="admin", version="2.40").json
        seen += [one["instance_id"] for each in answer["tenant_usages"]
                 for one in each["server_usages"]]
        links = answer.get("tenant_usages_links")
        path = links[0]["href"].partition("/v2.1")[2] if links else ""
    assert len(set(seen)) == len(seen) == COUNT


def test_server_groups_are_counted_off() -> None:
    made = [
        world().ask("POST", "/os-server-groups", json={
            "server_group": {"name": f"g{number}", "policies": ["affinity"]}})
        for number in range(3)
    ]
    assert all(answer.status_int == 200 for answer in made)
    first = world().ask("GET", "/os-server-groups").json["server_groups"]
    rest = world().ask("GET", f"/os-server-groups?offset={len(first)}").json["server_groups"]
    assert [one["name"] for one in (*first, *rest)] == ["g0", "g1", "g2"] and len(first) == MOST
