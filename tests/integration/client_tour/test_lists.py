"""Lists of servers, narrowed and ordered; and servers at every version."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from openstack.connection import Connection

from tests.integration.client_tour.conftest import Fleet
from tests.integration.client_tour.needed import needed
from tests.integration.client_tour.openstack_command import OpenStack

pytestmark = needed
# The last minor version of 2.
LAST = 104
WITH_HEADER_OF_ALL_SERVICES = 27
# Fields of a server by the minor version that brought them.
SINCE = {
    "OS-EXT-SRV-ATTR:hostname": 3, "locked": 9, "host_status": 16, "description": 19, "tags": 26,
    "trusted_image_certificates": 63, "server_groups": 71, "locked_reason": 73,
    "pinned_availability_zone": 96, "scheduler_hints": 100,
}


@pytest.fixture
def three(fleet: Fleet, admin: Connection) -> Iterator[list[Any]]:
    """alpha has tags and a config drive, beta is stopped, gamma has an address and is
    the administrator's."""
    alpha = fleet.ask("alpha", tags=["a", "b"], config_drive=True)
    beta = fleet.ask("beta", metadata={"k": "v"})
    gamma = fleet.ask("gamma", admin, availability_zone="nova:host2")
    for server in (alpha, beta, gamma):
        admin.compute.wait_for_server(server, interval=0.2, wait=60)
    fleet.demo.compute.stop_server(beta)
    fleet.became(beta, "SHUTOFF")
    yield [alpha, beta, gamma]


def test_lists_by_command(as_demo: OpenStack, as_admin: OpenStack, three: list[Any]) -> None:
    assert as_demo.names("server", "list") == ["alpha", "beta"]
    assert as_admin.names("server", "list", "--all-projects") == ["alpha", "beta", "gamma"]
    assert "get_all_tenants" in as_demo.refusal("server", "list", "--all-projects")
    for words, names in (
        (("--name", "^al"), ["alpha"]), (("--status", "SHUTOFF"), ["beta"]),
        (("--tags", "a,b"), ["alpha"]), (("--not-tags", "a"), ["beta"]),
        (("--image", "tiny", "--flavor", "m1.tiny", "--sort-column", "Name"), ["alpha", "beta"]),
    ):
        assert as_demo.names("server", "list", *words) == names
    (gamma,) = as_admin.ask("server", "list", "--host", "host2", "--name", "gamma", "--long")
    assert (gamma["Host"], gamma["Image Name"], gamma["Host Status"]) == ("host2", "tiny", "UP")
    (plain,) = as_demo.ask("server", "list", "--no-name-lookup", "--name", "alpha")
    assert plain["Image"] != "tiny"


def test_lists_by_query(
    demo: Connection, admin: Connection, as_admin: OpenStack, three: list[Any]
) -> None:
    def found(who: Connection = demo, **query: Any) -> list[str]:
        return [one.name for one in who.compute.servers(**query)]

    alpha, beta, _ = three
    assert found(sort_key="display_name", sort_dir="asc") == ["alpha", "beta"]
    assert found(limit=1, paginated=False, sort_key="display_name", sort_dir="asc") == ["alpha"]
    assert found(sort_key="display_name", sort_dir="asc", marker=alpha.id) == ["beta"]
    assert sorted(found(limit=1)) == ["alpha", "beta"]
    assert found(has_config_drive=True) == ["alpha"]
    assert found(vm_state="stopped") == ["beta"]
    assert found(user_id=alpha.user_id, changes_before="2020-01-01T00:00:00Z") == []
    of_demo = found(admin, all_projects=True, project_id=alpha.project_id)
    assert sorted(of_demo) == ["alpha", "beta"]
    assert found(admin, all_projects=True, host="nohost") == []
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    demo.compute.delete_server(beta)
    demo.compute.wait_for_delete(beta, interval=0.2)
    assert found() == ["alpha"]
    assert "beta" in found(changes_since=before.isoformat())
    gone = admin.compute.servers(all_projects=True, deleted_only=True)
    assert "beta" in [one.name for one in gone]
    assert "beta" in as_admin.names("server", "list", "--all-projects", "--deleted")


def test_a_server_at_every_version(
    demo: Connection, admin: Connection, three: list[Any]
) -> None:
    path = f"/servers/{three[0].id}"
    for minor in range(1, LAST + 1):
        version = f"2.{minor}"
        for who in (demo, admin):
            shown = who.compute.get(path, microversion=version)
            listed = who.compute.get("/servers/detail", microversion=version)
            assert (shown.status_code, listed.status_code) == (200, 200)
        name = "OpenStack-API-Version" if minor >= WITH_HEADER_OF_ALL_SERVICES else (
            "X-OpenStack-Nova-API-Version")
        assert shown.headers[name].split()[-1] == version
        fields = set(shown.json()["server"])
        for field, since in SINCE.items():
            assert (field in fields) == (minor >= since), (field, version)
