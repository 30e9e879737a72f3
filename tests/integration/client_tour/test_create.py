"""All the ways to ask for a server."""

import base64
from pathlib import Path

import pytest
from openstack import exceptions
from openstack.connection import Connection

from tests.integration.client_tour.conftest import Fleet
from tests.integration.client_tour.needed import needed
from tests.integration.client_tour.openstack_command import OpenStack
from tools.stack.audit import guests
from tools.stack.cloud import Stack

pytestmark = needed
PLAIN = ("--image", "tiny", "--flavor", "m1.tiny")


def test_a_server_is_what_its_user_said(
    as_demo: OpenStack, admin: Connection, fleet: Fleet, stack: Stack, tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    made = as_demo.ask(
        *("server", "create", "full", *PLAIN, "--network", "private", "--wait"),
        *("--property", "role=web", "--user-data", str(script), "--config-drive", "True"),
        *("--security-group", "default", "--description", "a server", "--hostname", "web01"),
        *("--password", "s3cretPass", "--hint", "x=y", "--tag", "a", "--tag", "b"),
        *("--availability-zone", "nova"),
    )
    assert made["status"] == "ACTIVE"
    assert made["adminPass"] == "s3cretPass"
    assert made["addresses"] == {"private": [made["addresses"]["private"][0]]}
    shown = as_demo.ask("server", "show", "full")
    assert shown["properties"] == {"role": "web"}
    assert sorted(shown["tags"]) == ["a", "b"]
    assert shown["scheduler_hints"] == {"x": ["y"]}
    assert shown["security_groups"] == [{"name": "default"}]
    wanted = {
        "description": "a server", "OS-EXT-SRV-ATTR:hostname": "web01", "config_drive": "True",
        "OS-EXT-AZ:availability_zone": "nova", "pinned_availability_zone": "nova", "progress": 0,
    }
    assert {name: shown[name] for name in wanted} == wanted
    data = admin.compute.get_server(made["id"]).user_data
    assert base64.b64decode(data) == script.read_bytes()
    running = guests(stack.places.state, "host1") | guests(stack.places.state, "host2")
    assert running == {made["id"]}


def test_networks_are_taken_as_asked(
    as_demo: OpenStack, demo: Connection, fleet: Fleet
) -> None:
    port = demo.network.create_port(network_id=fleet.network, name="own")
    as_demo.do("server", "create", "with-port", *PLAIN, "--port", "own")
    nic = f"net-id={fleet.network},v4-fixed-ip=10.9.0.77,tag=front"
    as_demo.do("server", "create", "with-address", *PLAIN, "--nic", nic)
    as_demo.do("server", "create", "with-none", *PLAIN, "--nic", "none")
    found = {one.name: fleet.became(one, "ACTIVE") for one in demo.compute.servers()}
    addresses = {
        name: [address["addr"] for address in one.addresses.get("private", [])]
        for name, one in found.items()
    }
    own = port.fixed_ips[0]["ip_address"]
    assert addresses == {"with-port": [own], "with-address": ["10.9.0.77"], "with-none": []}
    demo.compute.delete_server(found["with-port"])
    demo.compute.wait_for_delete(found["with-port"], interval=0.2)
    kept = demo.network.get_port(port.id)
    assert (kept.device_id, kept.status) == ("", "DOWN")
    demo.network.delete_port(port)


def test_a_network_is_found_or_made(demo: Connection, fleet: Fleet) -> None:
    assert list(fleet.boot("auto", networks="auto").addresses) == ["private"]


def test_several_servers_of_one_request(as_demo: OpenStack, fleet: Fleet) -> None:
    as_demo.do("server", "create", "many", *PLAIN, "--nic", "none", "--min", "2", "--max", "3")
    names = sorted(one.name for one in fleet.demo.compute.servers())
    assert names == ["many-1", "many-2", "many-3"]
    for one in fleet.demo.compute.servers():
        assert fleet.became(one, "ACTIVE").hostname == one.name


def test_where_a_server_goes_is_for_administrators(
    as_demo: OpenStack, as_admin: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    plain = ("server", "create", "there", *PLAIN, "--nic", "none")
    assert "servers:create:forced_host" in as_demo.refusal(
        *plain, "--availability-zone", "nova:host2"
    )
    assert "requested_destination" in as_demo.refusal(*plain, "--host", "host2")
    ways = {
        "host": {"host": "host2"}, "node": {"hypervisor_hostname": "host2"},
        "zone": {"availability_zone": "nova:host2"},
        "zone-node": {"availability_zone": "nova:host2:host2"},
    }
    for name, wish in ways.items():
        assert fleet.boot(name, admin, **wish).compute_host == "host2"
    for zone in ("nova:nohost", "nova:host1:host2", "nozone"):
        with pytest.raises(exceptions.BadRequestException):
            fleet.ask("nowhere", admin, availability_zone=zone)


@pytest.mark.parametrize(("wish", "sentence"), [
    (("--key-name", "nono"), "Invalid key_name provided"),
    (("--hostname", "a host"), "Invalid input for field/attribute hostname"),
    (("--availability-zone", "nozone"), "The requested availability zone is not available"),
    (("--ephemeral", "size=1"), "Ephemeral disks requested are larger"),
    (("--hint", "group=nono"), "Invalid input for field/attribute group"),
])
def test_what_cannot_be_is_refused(
    as_demo: OpenStack, wish: tuple[str, str], sentence: str
) -> None:
    assert sentence in as_demo.refusal("server", "create", "x", *PLAIN, "--nic", "none", *wish)


def test_older_and_rarer_wishes(demo: Connection, fleet: Fleet) -> None:
    key = base64.b64encode(b"hello").decode()
    old = {
        "name": "old", "flavorRef": "1", "imageRef": fleet.image,
        "personality": [{"path": "/etc/greeting", "contents": key}],
    }
    answer = demo.compute.post("/servers", microversion="2.36", json={"server": old})
    assert answer.status_code == 202, answer.text
    certificate = "11111111-1111-4111-8111-111111111111"
    wary = fleet.ask("wary", trusted_image_certificates=[certificate])
    with pytest.raises(exceptions.ResourceFailure):
        demo.compute.wait_for_server(wary, interval=0.2, wait=30)
    shown = demo.compute.get_server(wary)
    assert shown.trusted_image_certificates == [certificate]
    assert "Missing property: img_signature" in shown.fault["message"]
    group = demo.compute.create_server_group(name="apart", policy="anti-affinity")
    pair = [
        fleet.boot(name, scheduler_hints={"group": group.id}) for name in ("left", "right")
    ]
    assert pair[0].host_id != pair[1].host_id
    shown = demo.compute.get_server_group(group)
    assert sorted(shown.member_ids) == sorted(one.id for one in pair)
    third = fleet.ask("third", scheduler_hints={"group": group.id})
    with pytest.raises(exceptions.ResourceFailure):
        demo.compute.wait_for_server(third, interval=0.2, wait=30)
    assert "No valid host" in demo.compute.get_server(third).fault["message"]
    demo.compute.delete_server_group(group)
