"""What can be done to a server while it lives."""

import pytest
from openstack import exceptions
from openstack.connection import Connection

from tests.integration.client_tour.conftest import Fleet
from tests.integration.client_tour.needed import needed
from tests.integration.client_tour.openstack_command import OpenStack

pytestmark = needed


def test_a_server_through_all_its_states(as_demo: OpenStack, fleet: Fleet) -> None:
    server = fleet.boot("one")
    for verb, status in (
        ("stop", "SHUTOFF"), ("start", "ACTIVE"), ("pause", "PAUSED"), ("unpause", "ACTIVE"),
        ("suspend", "SUSPENDED"), ("resume", "ACTIVE"),
    ):
        as_demo.do("server", verb, "one")
        assert fleet.became(server, status).task_state is None
    as_demo.do("server", "reboot", "one", "--soft", "--wait")
    fleet.demo.compute.reboot_server(server, "HARD")
    fleet.became(server, "ACTIVE")
    refusal = as_demo.refusal("server", "start", "one")
    assert f"Cannot 'start' instance {server.id} while it is in vm_state active" in refusal
    told = as_demo.names("server", "event", "list", "one", column="Action")
    assert told == [
        "create", "pause", "reboot", "reboot", "resume", "start", "stop", "suspend", "unpause",
    ]


def test_the_timeline_tells_what_happened(
    as_demo: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    fleet.boot("one")
    (created,) = as_demo.ask("server", "event", "list", "one")
    shown = as_demo.ask("server", "event", "show", "one", created["Request ID"])
    assert shown["action"] == "create"
    assert {event["result"] for event in shown["events"]} == {"Success"}
    seen = admin.compute.get_server_action(created["Request ID"], fleet.made[0].id)
    assert {event["host"] for event in seen.events} & {"host1", "host2"}


def test_a_lock_holds_its_user_back_and_not_the_administrator(
    as_demo: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    server = fleet.boot("one")
    as_demo.do("server", "lock", "one", "--reason", "because")
    shown = as_demo.ask("server", "show", "one", "-c", "locked", "-c", "locked_reason")
    assert shown == {"locked": True, "locked_reason": "because"}
    assert f"Instance {server.id} is locked" in as_demo.refusal("server", "stop", "one")
    assert as_demo.names("server", "list", "--locked") == ["one"]
    admin.compute.stop_server(server)
    fleet.became(server, "SHUTOFF")
    as_demo.do("server", "unlock", "one")
    as_demo.do("server", "start", "one")
    fleet.became(server, "ACTIVE")


def test_the_console_is_shown(as_demo: OpenStack, fleet: Fleet) -> None:
    fleet.boot("one")
    assert "FAKE CONSOLE OUTPUT" in as_demo.do("console", "log", "show", "one")
    assert as_demo.do("console", "log", "show", "one", "--lines", "1") == "LAST LINE"


def test_a_server_is_described_anew(
    as_demo: OpenStack, demo: Connection, fleet: Fleet
) -> None:
    server = fleet.boot("one")
    as_demo.do(
        *("server", "set", "one", "--name", "uno", "--description", "first", "--hostname", "uno"),
        *("--property", "k=v", "--property", "k2=v2", "--tag", "t1", "--tag", "t2"),
    )
    as_demo.do("server", "unset", "uno", "--property", "k", "--tag", "t1", "--description")
    shown = as_demo.ask("server", "show", "uno")
    assert (shown["properties"], shown["tags"]) == ({"k2": "v2"}, ["t2"])
    assert (shown["description"] or "", shown["OS-EXT-SRV-ATTR:hostname"]) == ("", "uno")
    assert "has no tag 'nono'" in as_demo.refusal("server", "unset", "uno", "--tag", "nono")
    demo.compute.set_server_metadata(server, k3="v3")
    demo.compute.delete_server_metadata(demo.compute.get_server(server), keys=["k2"])
    assert demo.compute.get_server_metadata(server).metadata == {"k3": "v3"}
    server.set_tags(demo.compute, ["x", "y"])
    assert sorted(server.fetch_tags(demo.compute).tags) == ["x", "y"]
    server.remove_all_tags(demo.compute)
    assert server.fetch_tags(demo.compute).tags == []


def test_servers_end_in_every_way(as_demo: OpenStack, demo: Connection, fleet: Fleet) -> None:
    for name in ("one", "two", "three", "four"):
        fleet.ask(name)
    for server in fleet.made:
        fleet.became(server, "ACTIVE")
    as_demo.do("server", "delete", "one", "two", "--wait")
    refusal = as_demo.refusal("server", "delete", "three", "nono")
    assert "No Server found for nono" in refusal
    as_demo.do("server", "delete", "four", "--force")
    for server in fleet.made:
        demo.compute.wait_for_delete(server, interval=0.2)
    with pytest.raises(exceptions.NotFoundException):
        demo.compute.get_server(fleet.made[0])
    assert as_demo.ask("server", "list") == []
