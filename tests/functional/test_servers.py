"""Servers from wish to end, in a whole cloud in one process."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.network.contract import PortDraft, SecurityGroup
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from nova.virt.fake.hypervisor import Size
from tests.cloud import IMAGE, PROJECT, Cloud, Reply

ADMIN = f"admin:{PROJECT}"
OTHER = "bob:22222222222242228222222222222222"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(hosts=("host1", "host2"))
    groups = made.network_state.groups
    for name in ("default", "web"):
        group = SecurityGroup(made.network_state.new_id(), name, PROJECT)
        groups[group.id] = group
    made.start()
    yield made
    made.stop()


def booted(cloud: Cloud, name: str = "server", **fields: Any) -> str:
    reply = cloud.boot(name, **fields)
    assert reply.status == 202, reply.body
    uuid: str = reply.body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    return uuid


def gone(cloud: Cloud, uuid: str) -> None:
    end = cloud.clock.monotonic() + 20
    while cloud.show(uuid)["status"] != "GONE":
        assert cloud.clock.monotonic() < end, cloud.show(uuid)
        cloud.clock.sleep(0.02)


def did(cloud: Cloud, uuid: str, body: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    reply = cloud.act(uuid, body, **more)
    assert reply.status == 202, reply.body
    return cloud.wait(uuid, status)


def refused(reply: Reply, code: int, message: str) -> None:
    assert reply.status == code, reply.body
    (fault,) = reply.body.values()
    assert fault == {"code": code, "message": message}


def test_a_server_lives(cloud: Cloud) -> None:
    """Stopped, started, rebooted, paused, suspended, and ended; each is written down."""
    uuid = booted(cloud, networks="auto")
    steps = [
        ({"os-stop": None}, "SHUTOFF", 4, "stop"),
        ({"os-start": None}, "ACTIVE", 1, "start"),
        ({"reboot": {"type": "SOFT"}}, "ACTIVE", 1, "reboot"),
        ({"reboot": {"type": "Hard"}}, "ACTIVE", 1, "reboot"),
        ({"pause": None}, "PAUSED", 3, "pause"),
        ({"unpause": None}, "ACTIVE", 1, "unpause"),
        ({"suspend": None}, "SUSPENDED", 4, "suspend"),
        ({"resume": None}, "ACTIVE", 1, "resume"),
    ]
    for body, status, power_state, _ in steps:
        server = did(cloud, uuid, body, status)
        assert server["OS-EXT-STS:power_state"] == power_state, body
        assert server["OS-EXT-STS:task_state"] is None
    assert cloud.request("DELETE", f"/servers/{uuid}").status == 204
    gone(cloud, uuid)
    told = cloud.request("GET", f"/servers/{uuid}/os-instance-actions").body["instanceActions"]
    names = [action for *_, action in reversed(steps)]
    assert [one["action"] for one in told] == ["delete", *names, "create"]
    assert all(one["message"] is None for one in told)
    assert cloud.network_state.ports == {}


def test_a_hard_reboot_starts_what_is_stopped_paused_or_suspended(cloud: Cloud) -> None:
    uuid = booted(cloud)
    for body, status in (({"os-stop": None}, "SHUTOFF"), ({"pause": None}, "PAUSED"),
                         ({"suspend": None}, "SUSPENDED")):
        did(cloud, uuid, body, status)
        server = did(cloud, uuid, {"reboot": {"type": "HARD"}}, "ACTIVE")
        assert server["OS-EXT-STS:power_state"] == 1
    cloud.request("DELETE", f"/servers/{uuid}")


def test_what_is_written_of_an_action(cloud: Cloud) -> None:
    uuid = booted(cloud)
    did(cloud, uuid, {"os-stop": None}, "SHUTOFF")
    path = f"/servers/{uuid}/os-instance-actions"
    actions = cloud.request("GET", path).body["instanceActions"]
    shown = cloud.request("GET", f"{path}/{actions[0]['request_id']}").body["instanceAction"]
    (event,) = shown["events"]
    assert (event["event"], event["result"]) == ("compute_stop_instance", "Success")
    assert event["start_time"] <= event["finish_time"]
    assert len(event["hostId"]) == 56
    assert not {"host", "traceback", "details"} & set(event)
    reply = cloud.request("GET", f"{path}/{actions[0]['request_id']}", token=ADMIN)
    (event,) = reply.body["instanceAction"]["events"]
    assert event["host"] in cloud.hosts
    assert (event["traceback"], event["details"]) == (None, None)
    for version, key in (("2.61", "hostId"), ("2.83", "details"), ("2.61", "host")):
        one = f"{path}/{actions[0]['request_id']}"
        old = cloud.request("GET", one, version=version, token=ADMIN)
        assert key not in old.body["instanceAction"]["events"][0]
    cloud.request("DELETE", f"/servers/{uuid}")


def test_interfaces_and_security_groups(cloud: Cloud) -> None:
    address = "192.168.1.77"
    uuid = booted(
        cloud, networks=[{"uuid": cloud.net.id, "fixed_ip": address, "tag": "front"}],
        security_groups=[{"name": "web"}],
    )
    server = cloud.request("GET", f"/servers/{uuid}").body["server"]
    assert server["addresses"]["private"][0]["addr"] == address
    assert server["security_groups"] == [{"name": "web"}]
    assert cloud.act(uuid, {"addSecurityGroup": {"name": "default"}}).status == 202
    path = f"/servers/{uuid}/os-security-groups"
    listed = cloud.request("GET", path).body["security_groups"]
    assert [one["name"] for one in listed] == ["default", "web"]
    assert cloud.act(uuid, {"removeSecurityGroup": {"name": "web"}}).status == 202
    (detailed,) = cloud.request("GET", f"/servers/detail?ip={address}").body["servers"]
    assert detailed["security_groups"] == [{"name": "default"}]
    assert cloud.act(uuid, {"removeSecurityGroup": {"name": "web"}}).status == 404
    cloud.request("DELETE", f"/servers/{uuid}")
    gone(cloud, uuid)


def test_a_port_of_ones_own_outlives_the_server(cloud: Cloud) -> None:
    service = NetworkMemory(cloud.network_state)
    draft = PortDraft(network_id=cloud.net.id, project_id=PROJECT, device_id="", device_owner="")
    (port,) = service.ports.create(admin_context(), [draft])
    uuid = booted(cloud, networks=[{"port": port.id}])
    address = port.addresses[0].ip
    addresses = cloud.request("GET", f"/servers/{uuid}/ips/private").body["private"]
    assert addresses == [{"addr": address, "version": 4}]
    refused(
        cloud.boot(networks=[{"port": port.id}]), 409, f"Port {port.id} is still in use."
    )
    refused(
        cloud.boot(networks=[{"uuid": cloud.net.id, "fixed_ip": address}]), 400,
        f"Fixed IP address {address} is already in use on instance {uuid}.",
    )
    cloud.request("DELETE", f"/servers/{uuid}")
    gone(cloud, uuid)
    left = service.ports.show(admin_context(), port.id)
    assert (left.device_id, left.host, left.addresses) == ("", "", port.addresses)
    service.ports.delete(admin_context(), port.id)


def test_where_there_are_several_networks(cloud: Cloud) -> None:
    other = cloud.network_state.add_network(PROJECT, "second", "192.168.2.0/24")
    more = "More than one possible network found. Specify network ID(s) to select which one(s) " \
           "to connect to."  # fmt: skip
    refused(cloud.boot(networks="auto"), 409, more)
    server = {"name": "a", "flavorRef": "1", "imageRef": IMAGE}
    refused(cloud.request("POST", "/servers", {"server": server}, version="2.36"), 409, more)
    uuid = booted(cloud, networks=[{"uuid": other.id}, {"uuid": cloud.net.id}])
    addresses = cloud.request("GET", f"/servers/{uuid}/ips").body["addresses"]
    assert list(addresses) == ["second", "private"]
    cloud.request("DELETE", f"/servers/{uuid}")
    gone(cloud, uuid)
    del cloud.network_state.networks[other.id]


def test_a_host_is_chosen_by_those_who_may(cloud: Cloud) -> None:
    for fields in ({"availability_zone": "nova:host2"}, {"host": "host2"},
                   {"hypervisor_hostname": "host2"}, {"availability_zone": "::host2"}):
        server = {"name": "a", "flavorRef": "1", "imageRef": IMAGE, "networks": "none", **fields}
        reply = cloud.request("POST", "/servers", {"server": server}, token=ADMIN)
        assert reply.status == 202, reply.body
        uuid = reply.body["server"]["id"]
        assert cloud.wait(uuid, "ACTIVE")["OS-EXT-SRV-ATTR:host"] == "host2", fields
        cloud.request("DELETE", f"/servers/{uuid}")


def test_several_of_one_request(cloud: Cloud) -> None:
    reply = cloud.boot("web", min_count=3, return_reservation_id=True)
    reservation = reply.body["reservation_id"]
    path = f"/servers/detail?reservation_id={reservation}&sort_key=launch_index&sort_dir=asc"
    servers = cloud.request("GET", path, token=ADMIN).body["servers"]
    for server in servers:
        cloud.wait(server["id"], "ACTIVE")
    servers = cloud.request("GET", path, token=ADMIN).body["servers"]
    assert [s["name"] for s in servers] == ["web-1", "web-2", "web-3"]
    assert [s["OS-EXT-SRV-ATTR:launch_index"] for s in servers] == [0, 1, 2]
    assert {s["OS-EXT-SRV-ATTR:reservation_id"] for s in servers} == {reservation}
    for server in servers:
        cloud.act(server["id"], {"forceDelete": None})
        gone(cloud, server["id"])


def test_console_output(cloud: Cloud) -> None:
    uuid = booted(cloud)
    for wish in ({}, {"length": 2}, {"length": "-1"}, {"length": None}):
        reply = cloud.act(uuid, {"os-getConsoleOutput": wish})
        assert reply.status == 200, reply.body
        assert isinstance(reply.body["output"], str)
    short = cloud.act(uuid, {"os-getConsoleOutput": {"length": 1}}).body["output"]
    assert len(short.splitlines()) <= 1
    cloud.request("DELETE", f"/servers/{uuid}")


def test_config_drive_and_first_password(cloud: Cloud) -> None:
    uuid = booted(cloud, config_drive=True, metadata={"role": "web"}, user_data="ZWNobw==")
    server = cloud.show(uuid)
    assert (server["config_drive"], server["metadata"]) == ("True", {"role": "web"})
    cloud.request("DELETE", f"/servers/{uuid}")


def test_deleted_while_it_is_built(cloud: Cloud) -> None:
    """Whenever the delete comes, nothing is left."""
    uuids = [cloud.boot(f"short-{n}", networks="auto").body["server"]["id"] for n in range(6)]
    for number, uuid in enumerate(uuids):
        if number % 2:
            cloud.clock.sleep(0.03)
        assert cloud.request("DELETE", f"/servers/{uuid}").status in (204, 404)
        assert cloud.request("DELETE", f"/servers/{uuid}").status in (204, 404)
    for uuid in uuids:
        gone(cloud, uuid)
    end = cloud.clock.monotonic() + 20
    while cloud.network_state.ports_of((), tuple(uuids)):
        assert cloud.clock.monotonic() < end
        cloud.clock.sleep(0.02)
    listed = cloud.request("GET", "/servers?name=short-").body["servers"]
    assert listed == []


def test_other_projects_see_nothing(cloud: Cloud) -> None:
    uuid = booted(cloud)
    for method, path, body in (
        ("GET", "", None), ("DELETE", "", None), ("PUT", "", {"server": {"name": "x"}}),
        ("POST", "/action", {"os-stop": None}), ("GET", "/os-instance-actions", None),
        ("GET", "/metadata", None), ("GET", "/tags", None), ("GET", "/ips", None),
        ("GET", "/os-security-groups", None),
    ):  # fmt: skip
        reply = cloud.request(method, f"/servers/{uuid}{path}", body, token=OTHER)
        refused(reply, 404, f"Instance {uuid} could not be found.")
    cloud.request("DELETE", f"/servers/{uuid}")


def test_no_room() -> None:
    """The server is in error and says so; administrators read what each host lacked."""
    small = Cloud(hosts=("host1", "host2"), size=Size(vcpus=1, memory_mb=1024, disk_gb=10)).start()
    try:
        big = {"id": "big", "name": "big", "ram": 4096, "vcpus": 1, "disk": 1}
        small.request("POST", "/flavors", {"flavor": big}, token=ADMIN)
        uuid = small.boot(flavorRef="big", networks="auto").body["server"]["id"]
        server = small.wait(uuid, "ERROR")
        assert server["fault"]["code"] == 500
        assert server["fault"]["message"].startswith("No valid host was found. ")
        details = server["fault"]["details"]
        assert "host1" in details and "host2" in details and "MEMORY_MB" in details
        mine = small.request("GET", f"/servers/{uuid}").body["server"]
        assert "details" not in mine["fault"]
        assert (mine["OS-EXT-STS:vm_state"], mine["hostId"]) == ("error", "")
        actions = small.request("GET", f"/servers/{uuid}/os-instance-actions").body
        assert [(a["action"], a["message"]) for a in actions["instanceActions"]] == [
            ("create", "Error")
        ]
        (listed,) = small.request("GET", "/servers/detail?status=ERROR").body["servers"]
        assert listed["fault"]["message"] == server["fault"]["message"]
        refused(small.act(uuid, {"os-start": None}), 409, f"Instance {uuid} is not ready")
        assert small.request("PUT", f"/servers/{uuid}", {"server": {"name": "n"}}).status == 200
        assert small.request("DELETE", f"/servers/{uuid}").status == 204
        gone(small, uuid)
        assert small.network_state.ports == {}
    finally:
        small.stop()


def test_over_quota() -> None:
    tight = Cloud(options={"quota__instances": 2, "quota__cores": 2}).start()
    try:
        first = booted(tight)
        refused(
            tight.boot("many", min_count=2), 403,
            "Quota exceeded for cores, instances: Requested 2, 2, but already used 1, 1 "
            "of 2, 2 cores, instances",
        )
        reply = tight.boot("some", min_count=1, max_count=5)
        assert reply.status == 202
        tight.wait(reply.body["server"]["id"], "ACTIVE")
        assert len(tight.request("GET", "/servers").body["servers"]) == 2
        assert tight.boot().status == 403
        tight.request("DELETE", f"/servers/{first}")
        gone(tight, first)
        booted(tight)
    finally:
        tight.stop()
