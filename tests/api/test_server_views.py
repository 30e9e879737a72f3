"""What is shown of servers, at every microversion and to whom: the keys, and the schema of the
contract."""

import functools
from typing import Any

import pytest

from nova.core.states import Transition
from nova.core.validating import CHECKER, Validator
from nova.microversions import ALL, Microversion
from nova.objects.server import Fault
from tests import records
from tests.api.contract import facts
from tests.api.servers import add_pending, add_server, vifs
from tests.api.world import World

HINTED = "99999999-9999-4999-8999-999999999999"
SHOW, DETAIL, LIST = "/servers/{id}", "/servers/detail", "/servers"

# key: the version that brought it
ALWAYS = dict.fromkeys(
    ("id", "name", "status", "tenant_id", "user_id", "metadata", "hostId", "image", "flavor",
     "created", "updated", "addresses", "accessIPv4", "accessIPv6", "links", "OS-DCF:diskConfig"),
    "2.1",
)  # fmt: skip
LATER = {
    "locked": "2.9", "description": "2.19", "tags": "2.26", "trusted_image_certificates": "2.63",
    "locked_reason": "2.73",
}  # fmt: skip
NOT_WHEN_CHANGED = {
    **dict.fromkeys(
        ("OS-EXT-AZ:availability_zone", "config_drive", "key_name", "OS-EXT-STS:power_state",
         "OS-EXT-STS:task_state", "OS-EXT-STS:vm_state", "OS-SRV-USG:launched_at",
         "OS-SRV-USG:terminated_at", "os-extended-volumes:volumes_attached"), "2.1",
    ),
    "pinned_availability_zone": "2.96", "scheduler_hints": "2.100",
}  # fmt: skip
FOR_ALL = {"OS-EXT-SRV-ATTR:hostname": "2.90"}
FOR_ADMINISTRATORS = {
    "OS-EXT-SRV-ATTR:host": "2.1", "OS-EXT-SRV-ATTR:hypervisor_hostname": "2.1",
    "OS-EXT-SRV-ATTR:instance_name": "2.1", "host_status": "2.16",
    **{f"OS-EXT-SRV-ATTR:{name}": "2.3" for name in (
        "hostname", "reservation_id", "launch_index", "kernel_id", "ramdisk_id",
        "root_device_name", "user_data")},
}  # fmt: skip
ONLY_ALONE = {"server_groups": "2.71"}
ALIKE = Microversion(2, 75)
_TOLD = {Microversion.parse(since) for table in (
    ALWAYS, LATER, NOT_WHEN_CHANGED, FOR_ALL, FOR_ADMINISTRATORS, ONLY_ALONE
) for since in table.values()}
# Versions that brought something, and those before them.
CHANGING = [
    version for version in ALL
    if {version, Microversion(version.major, version.minor + 1)} & _TOLD or version == ALL[-1]
]


def keys(version: Microversion, *tables: dict[str, str]) -> set[str]:
    return {
        key for table in tables for key, since in table.items()
        if Microversion.parse(since) <= version
    }  # fmt: skip


@functools.cache
def world() -> World:
    """Servers in states that are shown differently."""
    made = World()
    made.add_host("host1")
    add_server(made, "active", network_info=vifs("10.0.0.1", "fd00::1"), tags=["a", "b"],
               trusted_certs=["c1"], hints={"same_host": [HINTED]}, pinned="nova")
    add_server(made, "paused", vm_state="paused", locked_by="admin", key_name="key",
               system_metadata={"locked_reason": "mine", "image_os_type": "linux"})
    add_server(made, "error", vm_state="error", host=None, node=None, power_state=0)
    add_server(made, "volume", image_ref="", auto_disk_config=True, vm_state="resized",
               access_ip_v4="1.2.3.4", access_ip_v6="fe80::1", user_data="ZWNobw==")
    add_pending(made, "pending")
    return made


def uuids() -> dict[str, str]:
    found = world().ask("GET", "/servers", who="admin").json["servers"]
    return {one["name"]: one["id"] for one in found}


def fits(path: str, version: Microversion, body: Any, method: str = "GET") -> None:
    schema = facts.schema_of((method, path, None), "response", version)
    errors = [e.message for e in Validator(schema, format_checker=CHECKER).iter_errors(body)]
    assert not errors, (version, errors)


@pytest.mark.parametrize("who", ["admin", "user"])
def test_shown_at_every_version(who: str) -> None:
    uuid = uuids()["active"]
    for version in ALL:
        body = world().ask("GET", f"/servers/{uuid}", who=who, version=str(version)).json
        fits(SHOW, version, body)
        mine = FOR_ADMINISTRATORS if who == "admin" else {}
        wanted = keys(version, ALWAYS, LATER, NOT_WHEN_CHANGED, FOR_ALL, ONLY_ALONE, mine)
        assert set(body["server"]) == wanted | {"progress"}, version


@pytest.mark.parametrize("who", ["admin", "user"])
def test_listed_at_every_version(who: str) -> None:
    for version in CHANGING:
        body = world().ask("GET", "/servers/detail", who=who, version=str(version)).json
        fits(DETAIL, version, body)
        shown = {one["name"]: one for one in body["servers"]}
        assert list(shown) == ["pending", "volume", "error", "paused", "active"]
        mine = FOR_ADMINISTRATORS if who == "admin" else {}
        wanted = keys(version, ALWAYS, LATER, NOT_WHEN_CHANGED, FOR_ALL, mine)
        assert set(shown["active"]) == wanted | {"progress"}, version
        assert set(shown["paused"]) == wanted, version
        brief = world().ask("GET", "/servers", who=who, version=str(version)).json
        fits(LIST, version, brief)
        assert all(set(one) == {"id", "name", "links"} for one in brief["servers"])


@pytest.mark.parametrize("who", ["admin", "user"])
def test_changed_at_every_version(who: str) -> None:
    uuid, change = uuids()["active"], {"server": {"accessIPv4": "1.1.1.1"}}
    for version in ALL:
        answer = world().ask("PUT", f"/servers/{uuid}", who=who, version=str(version), json=change)
        assert answer.status_int == 200, answer.text
        fits(SHOW, version, answer.json, "PUT")
        wanted = keys(version, ALWAYS, LATER, ONLY_ALONE)
        if version >= ALIKE:
            mine = FOR_ADMINISTRATORS if who == "admin" else {}
            wanted = keys(version, ALWAYS, LATER, ONLY_ALONE, NOT_WHEN_CHANGED, FOR_ALL, mine)
        assert set(answer.json["server"]) == wanted | {"progress"}, version


def shown(name: str, version: str, who: str = "user") -> dict[str, Any]:
    uuid = uuids()[name]
    found: dict[str, Any] = world().ask("GET", f"/servers/{uuid}", who=who, version=version).json
    server: dict[str, Any] = found["server"]
    return server


def test_parts_that_changed_their_form() -> None:
    root = "http://openstack.example.com"
    old, new = shown("active", "2.46"), shown("active", "2.104")
    assert old["flavor"] == {
        "id": old["flavor"]["id"],
        "links": [{"rel": "bookmark", "href": f"{root}/flavors/{old['flavor']['id']}"}],
    }
    assert new["flavor"] == {
        "vcpus": 1, "ram": 512, "disk": 1, "ephemeral": 0, "swap": 0,
        "original_name": old["flavor"]["id"], "extra_specs": {"hw:cpu_policy": "shared"},
    }  # fmt: skip
    assert set(old["image"]) == {"id", "links"}
    assert old["image"]["links"] == [
        {"rel": "bookmark", "href": f"{root}/images/{old['image']['id']}"}
    ]
    assert new["image"]["properties"] == {"os_distro": "debian"}
    assert new["scheduler_hints"] == {"same_host": [HINTED]}
    assert (new["pinned_availability_zone"], new["tags"]) == ("nova", ["a", "b"])
    assert new["addresses"] == {"private": [
        {"addr": "10.0.0.1", "version": 4, "OS-EXT-IPS:type": "fixed",
         "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"},
        {"addr": "fd00::1", "version": 6, "OS-EXT-IPS:type": "fixed",
         "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"},
    ]}  # fmt: skip


def test_states_and_what_goes_with_them() -> None:
    paused = shown("paused", "2.104", "admin")
    assert (paused["status"], paused["locked"], paused["locked_reason"]) == ("PAUSED", True, "mine")
    assert (paused["key_name"], paused["host_status"]) == ("key", "UP")
    pending = shown("pending", "2.104", "admin")
    assert (pending["status"], pending["addresses"]) == ("BUILD", {})
    assert (pending["hostId"], pending["host_status"]) == ("", "")
    volume = shown("volume", "2.104", "admin")
    assert (volume["image"], volume["OS-DCF:diskConfig"]) == ("", "AUTO")
    assert (volume["accessIPv4"], volume["accessIPv6"]) == ("1.2.3.4", "fe80::1")
    assert (volume["status"], volume["progress"]) == ("VERIFY_RESIZE", 0)


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, "UP"), ({"disabled": True}, "MAINTENANCE"), ({"forced_down": True}, "DOWN"),
     ({"disabled": True, "forced_down": True}, "DOWN")],
)  # fmt: skip
def test_host_status(change: dict[str, bool], status: str) -> None:
    fresh = World()
    fresh.add_host("host1")
    uuid = add_server(fresh, "a")
    (service,) = fresh.cell.services.find(host="host1")
    fresh.cell.services.update(service.id, change)
    path = f"/servers/{uuid}"
    now = fresh.ask("GET", path, who="admin", version="2.16").json["server"]["host_status"]
    assert now == status
    fresh.clock.sleep(100)
    later = fresh.ask("GET", path, who="admin", version="2.16").json["server"]["host_status"]
    assert later == ("UNKNOWN" if status == "UP" else status)


def test_operators_may_show_only_hosts_that_do_not_report(tmp_path: Any) -> None:
    rules = tmp_path / "policy.yaml"
    rules.write_text('"os_compute_api:servers:show:host_status:unknown-only": "@"\n')
    fresh = World(oslo_policy__policy_file=str(rules))
    fresh.add_host("host1")
    uuid = add_server(fresh, "a")
    body = fresh.ask("GET", f"/servers/{uuid}", version="2.16").json
    assert "host_status" not in body["server"]
    fresh.clock.sleep(100)
    body = fresh.ask("GET", f"/servers/{uuid}", version="2.16").json
    assert body["server"]["host_status"] == "UNKNOWN"


def test_fault(fault_of_a_server: tuple[World, str]) -> None:
    failed, uuid = fault_of_a_server
    for who, details in (("user", False), ("admin", True)):
        fault = failed.ask("GET", f"/servers/{uuid}", who=who).json["server"]["fault"]
        assert (fault["code"], fault["message"]) == (500, "No valid host was found. ")
        assert ("details" in fault) is details


@pytest.fixture
def fault_of_a_server() -> tuple[World, str]:
    failed = World()
    failed.add_host("host1")
    uuid = add_server(failed, "a", vm_state="error")
    operation = records.operation(uuid, "pause")
    opened = failed.cell.operations.begin(operation, Transition(tasks=None, launched_only=False))
    now = failed.clock.now()
    failed.cell.operations.claim(opened.id, "test", now, now)
    fault = Fault(instance_uuid=uuid, code=500, message="No valid host was found. ",
                  details="host1: no room", host=None, created_at=now)
    failed.cell.operations.settle(opened.id, "test", records.outcome(fault=fault))
    return failed, uuid
