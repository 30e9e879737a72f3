"""What one host does to a server, told by users and administrators."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.clients.network.contract import PortDraft
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from nova.microversions import Microversion
from nova.virt.contract.errors import AttachFailed, DetachFailed, HypervisorError
from nova.virt.contract.states import PowerState
from tests.api.contract import facts
from tests.api.test_cases import assert_like
from tests.cloud import PROJECT, Cloud, Reply

AGENT_IMAGE = "70a599e0-31e7-49b7-b260-868f441e862c"
ADMIN = f"admin:{PROJECT}"
INTERFACES = "/servers/{server_id}/os-interface"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(options={"reclaim_instance_interval": 3600}).start()
    made.image_state.add(ImageMeta(
        id=AGENT_IMAGE, name="with agent", disk_format="raw", container_format="bare",
        visibility="public", properties={"hw_qemu_guest_agent": "yes", "os_admin_user": "anna"},
    ), b"tiny disk")
    yield made
    made.stop()


@pytest.fixture
def uuid(cloud: Cloud) -> Iterator[str]:
    made = booted(cloud)
    yield made
    ended(cloud, made)


def booted(cloud: Cloud, **fields: Any) -> str:
    uuid: str = cloud.boot(**fields).body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    return uuid


def ended(cloud: Cloud, uuid: str) -> None:
    cloud.act(uuid, {"forceDelete": None})
    cloud.wait(uuid, "GONE")


def guest(cloud: Cloud, uuid: str) -> Any:
    return cloud.hypervisors["host1"].defined(uuid)


def timeline(cloud: Cloud, uuid: str) -> list[tuple[str, str | None]]:
    listed = cloud.request("GET", f"/servers/{uuid}/os-instance-actions").body
    return [(one["action"], one["message"]) for one in listed["instanceActions"]]


def agreed(reply: Reply, method: str, path: str, version: str = "2.104") -> None:
    """The answer is shaped as the contract has it."""
    from nova.core.validating import CHECKER, Validator

    schema = facts.schema_of((method, path, None), "response", Microversion.parse(version))
    assert schema is not None
    found = Validator(schema, format_checker=CHECKER).iter_errors(reply.body)
    assert not [error.message for error in found]


def ports_of(cloud: Cloud, uuid: str) -> list[Any]:
    return [one for one in cloud.network_state.ports.values() if one.device_id == uuid]


def attach(cloud: Cloud, uuid: str, **wish: Any) -> Reply:
    return cloud.request("POST", f"/servers/{uuid}/os-interface", {"interfaceAttachment": wish})


def detach(cloud: Cloud, uuid: str, port_id: str) -> None:
    reply = cloud.request("DELETE", f"/servers/{uuid}/os-interface/{port_id}")
    assert reply.status == 202
    until(cloud, lambda: timeline(cloud, uuid)[0][0] == "detach_interface"
          and finished(cloud, uuid))


def finished(cloud: Cloud, uuid: str) -> bool:
    cell = cloud.stores.of_instance(uuid)
    return all(one.finish_time is not None for one in cell.operations.of_instance(uuid))


def until(cloud: Cloud, true: Any) -> None:
    for _ in range(500):
        if true():
            return
        cloud.clock.sleep(0.02)
    raise AssertionError("it did not happen")


def own_port(cloud: Cloud) -> str:
    ports = NetworkMemory(cloud.network_state).ports
    return ports.create(admin_context(), [PortDraft(cloud.net.id, PROJECT, "", "")])[0].id


# Interfaces.


def test_an_interface_comes_and_goes(cloud: Cloud, uuid: str) -> None:
    reply = attach(cloud, uuid, net_id=cloud.net.id, tag="public")
    agreed(reply, "POST", INTERFACES)
    made = reply.body["interfaceAttachment"]
    assert (reply.status, made["tag"], made["net_id"]) == (200, "public", cloud.net.id)
    assert guest(cloud, uuid).macs == (made["mac_addr"],)
    shown = cloud.request("GET", f"/servers/{uuid}/os-interface/{made['port_id']}")
    assert shown.body["interfaceAttachment"] == made
    listed = cloud.request("GET", f"/servers/{uuid}/os-interface")
    agreed(listed, "GET", INTERFACES)
    assert listed.body["interfaceAttachments"] == [made]
    old = cloud.request("GET", f"/servers/{uuid}/os-interface", version="2.69")
    agreed(old, "GET", INTERFACES, "2.69")
    assert cloud.show(uuid)["addresses"]["private"][0]["addr"] == made["fixed_ips"][0]["ip_address"]
    detach(cloud, uuid, made["port_id"])
    assert guest(cloud, uuid).macs == () and ports_of(cloud, uuid) == []
    assert cloud.show(uuid)["addresses"] == {}
    assert timeline(cloud, uuid) == [
        ("detach_interface", None), ("attach_interface", None), ("create", None)]


def test_the_user_s_port_stays_the_user_s(cloud: Cloud, uuid: str) -> None:
    port = own_port(cloud)
    assert attach(cloud, uuid, port_id=port).status == 200
    assert cloud.network_state.ports[port].device_id == uuid
    again = attach(cloud, uuid, port_id=port)
    assert (again.status, again.body["conflictingRequest"]["message"]) == (
        409, f"Port {port} is still in use.")
    detach(cloud, uuid, port)
    assert cloud.network_state.ports[port].device_id == ""
    assert attach(cloud, uuid, port_id=port).status == 200
    ended(cloud, uuid)
    assert cloud.network_state.ports[port].device_id == ""


def test_an_interface_with_an_address(cloud: Cloud, uuid: str) -> None:
    reply = attach(cloud, uuid, net_id=cloud.net.id, fixed_ips=[{"ip_address": "192.168.1.77"}])
    assert reply.body["interfaceAttachment"]["fixed_ips"][0]["ip_address"] == "192.168.1.77"
    taken = attach(cloud, uuid, net_id=cloud.net.id, fixed_ips=[{"ip_address": "192.168.1.77"}])
    assert taken.status == 400


def test_the_only_network_needs_no_name(cloud: Cloud, uuid: str) -> None:
    reply = cloud.request("POST", f"/servers/{uuid}/os-interface", {})
    assert reply.status == 200
    assert reply.body["interfaceAttachment"]["net_id"] == cloud.net.id


NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("wish", "status", "message"),
    [({"net_id": NOBODY, "port_id": NOBODY}, 400, "Must not input both network_id and port_id"),
     ({"fixed_ips": [{"ip_address": "192.168.1.9"}]}, 400,
      "Must input network_id when request IP address"),
     ({"net_id": NOBODY}, 404, f"Network {NOBODY} could not be found."),
     ({"port_id": NOBODY}, 404, f"Port id {NOBODY} could not be found.")],
)  # fmt: skip
def test_interfaces_that_cannot_be(
    cloud: Cloud, uuid: str, wish: dict[str, Any], status: int, message: str
) -> None:
    reply = attach(cloud, uuid, **wish)
    (fault,) = reply.body.values()
    assert (reply.status, fault["message"]) == (status, message)
    assert timeline(cloud, uuid) == [("create", None)], "nothing began"


def test_a_port_that_is_not_there_cannot_be_shown_nor_detached(cloud: Cloud, uuid: str) -> None:
    other = own_port(cloud)
    shown = cloud.request("GET", f"/servers/{uuid}/os-interface/{other}")
    assert (shown.status, shown.body["itemNotFound"]["message"]) == (
        404, f"Instance {uuid} does not have a port with id {other}")
    gone = cloud.request("DELETE", f"/servers/{uuid}/os-interface/{other}")
    assert (gone.status, gone.body["itemNotFound"]["message"]) == (
        404, f"Port id {other} could not be found.")


def test_a_guest_that_takes_no_interface(cloud: Cloud, uuid: str) -> None:
    failure = AttachFailed(device="it", uuid=uuid, reason="no room")
    cloud.hypervisors["host1"].faults.fail("attach_nic", failure, uuid=uuid)
    port = own_port(cloud)
    reply = attach(cloud, uuid, port_id=port)
    assert (reply.status, reply.body["computeFault"]["message"]) == (
        500, f"Failed to attach network adapter device to {uuid}")
    assert cloud.network_state.ports[port].device_id == ""
    assert timeline(cloud, uuid)[0] == ("attach_interface", "Error")
    cell = cloud.stores.of_instance(uuid)
    assert not any(key.startswith("given_port") for key in
                   cell.instances.get(uuid).system_metadata)
    assert attach(cloud, uuid, port_id=port).status == 200


def test_a_guest_that_does_not_let_go(cloud: Cloud, uuid: str) -> None:
    made = attach(cloud, uuid, net_id=cloud.net.id).body["interfaceAttachment"]
    failure = DetachFailed(device=made["mac_addr"], reason="it clings")
    cloud.hypervisors["host1"].faults.fail("detach_nic", failure, uuid=uuid)
    detach(cloud, uuid, made["port_id"])
    assert timeline(cloud, uuid)[0] == ("detach_interface", "Error")
    assert cloud.show(uuid)["status"] == "ACTIVE"
    assert [one.id for one in ports_of(cloud, uuid)] == [made["port_id"]]
    detach(cloud, uuid, made["port_id"])
    assert ports_of(cloud, uuid) == []


def test_ports_have_a_quota(cloud: Cloud, uuid: str) -> None:
    cloud.network_state.port_limit = len(cloud.network_state.ports)
    try:
        reply = attach(cloud, uuid, net_id=cloud.net.id)
    finally:
        cloud.network_state.port_limit = -1
    assert (reply.status, reply.body["forbidden"]["message"]) == (
        403, "Maximum number of ports exceeded")


def test_a_port_deleted_elsewhere(cloud: Cloud, uuid: str) -> None:
    made = attach(cloud, uuid, net_id=cloud.net.id).body["interfaceAttachment"]
    NetworkMemory(cloud.network_state).ports.delete(admin_context(), made["port_id"])
    event = {"name": "network-vif-deleted", "server_uuid": uuid, "tag": made["port_id"]}
    told = cloud.request("POST", "/os-server-external-events", {"events": [event]}, token=ADMIN)
    assert told.status == 200
    until(cloud, lambda: guest(cloud, uuid).macs == ())
    until(cloud, lambda: cloud.show(uuid)["addresses"] == {})


def test_fixed_addresses_of_old(cloud: Cloud, uuid: str) -> None:
    made = attach(cloud, uuid, net_id=cloud.net.id).body["interfaceAttachment"]
    reply = cloud.act(uuid, {"addFixedIp": {"networkId": cloud.net.id}}, version="2.43")
    assert reply.status == 202
    first, second = (one["addr"] for one in cloud.show(uuid)["addresses"]["private"])
    assert first == made["fixed_ips"][0]["ip_address"]
    reply = cloud.act(uuid, {"removeFixedIp": {"address": second}}, version="2.43")
    assert reply.status == 202
    assert [one["addr"] for one in cloud.show(uuid)["addresses"]["private"]] == [first]
    assert cloud.act(uuid, {"removeFixedIp": {"address": second}}, version="2.43").status == 400
    late = cloud.act(uuid, {"addFixedIp": {"networkId": cloud.net.id}}, version="2.44")
    assert late.status == 404


# Passwords, crash dumps, diagnostics.


def test_a_password(cloud: Cloud) -> None:
    uuid = booted(cloud, imageRef=AGENT_IMAGE)
    assert cloud.act(uuid, {"changePassword": {"adminPass": "s3cret"}}).status == 202
    assert cloud.hypervisors["host1"].passwords[uuid] == ("anna", "s3cret")
    operation = cloud.stores.of_instance(uuid).operations.of_instance(uuid)[0]
    assert "s3cret" not in str(operation)
    cloud.hypervisors["host1"].faults.deaf.add(uuid)
    reply = cloud.act(uuid, {"changePassword": {"adminPass": "again"}})
    assert (reply.status, reply.body["notImplemented"]["message"]) == (
        501, "Unable to set password on instance")
    assert cloud.wait(uuid, "ACTIVE")
    failure = HypervisorError(verb="set", reason="t0p-s3cret is too weak")
    cloud.hypervisors["host1"].faults.fail("set_password", failure, uuid=uuid)
    reply = cloud.act(uuid, {"changePassword": {"adminPass": "t0p-s3cret"}})
    assert (reply.status, reply.body["conflictingRequest"]["message"]) == (
        409, f"Failed to set admin password on {uuid} because error setting admin password")
    assert "t0p-s3cret" not in str(cloud.wait(uuid, "ERROR"))
    ended(cloud, uuid)


def test_a_password_without_an_agent(cloud: Cloud, uuid: str) -> None:
    reply = cloud.act(uuid, {"changePassword": {"adminPass": "x"}})
    assert (reply.status, reply.body["conflictingRequest"]["message"]) == (
        409, "Guest agent is not enabled for the instance")
    shown = cloud.wait(uuid, "ACTIVE")
    assert "fault" not in shown
    guests = cloud.hypervisors["host1"]
    from nova.virt.contract.events import Transition
    guests.change(uuid, Transition.PAUSED, state=PowerState.PAUSED)
    reply = cloud.act(uuid, {"changePassword": {"adminPass": "x"}})
    assert reply.body["conflictingRequest"]["message"] == (
        f"Failed to set admin password on {uuid} because instance {uuid} is not running")


def test_a_crash_dump(cloud: Cloud, uuid: str) -> None:
    assert cloud.act(uuid, {"trigger_crash_dump": None}).status == 202
    until(cloud, lambda: "NMI" in guest(cloud, uuid).console)
    until(cloud, lambda: finished(cloud, uuid))
    assert timeline(cloud, uuid)[0] == ("trigger_crash_dump", None)
    assert cloud.act(uuid, {"trigger_crash_dump": None}, version="2.16").status == 404


PATH = "/servers/{server_id}/diagnostics"


def test_diagnostics(cloud: Cloud, uuid: str) -> None:
    attach(cloud, uuid, net_id=cloud.net.id)
    new = cloud.request("GET", f"/servers/{uuid}/diagnostics", token=ADMIN)
    agreed(new, "GET", PATH)
    wanted = {"state": "running", "driver": "libvirt", "num_cpus": 1, "num_nics": 1,
              "config_drive": False, "memory_details": {"maximum": 512, "used": 0}}
    assert_like(new.body, wanted)
    old = cloud.request("GET", f"/servers/{uuid}/diagnostics", token=ADMIN, version="2.47")
    assert old.body["cpu0_time"] > 0
    assert cloud.request("GET", f"/servers/{uuid}/diagnostics").status == 403
    cloud.act(uuid, {"os-stop": None})
    cloud.wait(uuid, "SHUTOFF")
    reply = cloud.request("GET", f"/servers/{uuid}/diagnostics", token=ADMIN)
    assert (reply.status, reply.body["conflictingRequest"]["message"]) == (
        409, f"Cannot 'get_diagnostics' instance {uuid} while it is in power state shutdown")


def test_topology_of_a_server_without_one(cloud: Cloud, uuid: str) -> None:
    reply = cloud.request("GET", f"/servers/{uuid}/topology")
    agreed(reply, "GET", "/servers/{server_id}/topology")
    assert reply.body == {"nodes": [], "pagesize_kb": None}
    assert cloud.request("GET", f"/servers/{uuid}/topology", version="2.77").status == 404


def test_network_info(cloud: Cloud, uuid: str) -> None:
    made = attach(cloud, uuid, net_id=cloud.net.id).body["interfaceAttachment"]
    NetworkMemory(cloud.network_state).ports.delete(admin_context(), made["port_id"])
    assert cloud.act(uuid, {"injectNetworkInfo": None}, token=ADMIN).status == 202
    until(cloud, lambda: cloud.show(uuid)["addresses"] == {})


# Ends that are not the end.


def test_a_server_is_deleted_softly_and_restored(cloud: Cloud, uuid: str) -> None:
    assert cloud.request("DELETE", f"/servers/{uuid}").status == 204
    shown = cloud.wait(uuid, "SOFT_DELETED")
    assert shown["OS-EXT-STS:vm_state"] == "soft-delete"
    assert guest(cloud, uuid).state == PowerState.SHUTDOWN
    assert cloud.request("DELETE", f"/servers/{uuid}").status == 204
    assert cloud.act(uuid, {"restore": None}).status == 202
    cloud.wait(uuid, "ACTIVE")
    assert guest(cloud, uuid).state == PowerState.RUNNING
    assert not cloud.stores.api.mappings.get(uuid).queued_for_delete
    assert timeline(cloud, uuid) == [("restore", None), ("delete", None), ("create", None)]


def test_a_server_that_cannot_be_restored_waits_on(cloud: Cloud, uuid: str) -> None:
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "SOFT_DELETED")
    failure = HypervisorError(verb="start", reason="no memory")
    cloud.hypervisors["host1"].faults.fail("power_on", failure, uuid=uuid)
    cloud.act(uuid, {"restore": None})
    until(cloud, lambda: finished(cloud, uuid))
    instance = cloud.stores.of_instance(uuid).instances.get(uuid)
    assert (instance.vm_state, instance.task_state) == ("soft-delete", None)
    assert instance.deleted_at is not None
    assert instance.fault.message == failure.message


def test_a_state_is_reset(cloud: Cloud, uuid: str) -> None:
    for state in ("error", "active"):
        assert cloud.act(uuid, {"os-resetState": {"state": state}}, token=ADMIN).status == 202
        assert cloud.show(uuid)["status"] == state.upper()
    assert cloud.act(uuid, {"os-resetState": {"state": "paused"}}, token=ADMIN).status == 400
    assert cloud.act(uuid, {"os-resetState": {"state": "error"}}).status == 403
    assert timeline(cloud, uuid)[0] == ("resetState", None)
