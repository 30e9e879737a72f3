"""From which states what one host does may begin, and what is said otherwise, as agreed:
for what is asked for in other ways than `POST .../action` by a user, or is waited for."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import webob

from nova.clients.network.contract import PortDraft, Vif, VifNetwork, vifs_to_json
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from tests.api.servers import add_pending, add_server
from tests.api.test_server_states import ROWS, _allowed, _states
from tests.api.world import PROJECT, Host, World

PORT = "ce531f90-199f-48c0-816c-13e38010b442"


class Obedient(Host):
    """Does at once what it is told, and says so."""

    port_id = ""

    def perform_now(self, context: Any, operation_id: int, instance_uuid: str) -> Any:
        return {"port_id": self.port_id, "tag": None}

    def ask(self, context: Any, question: str, instance: Any, arguments: Any) -> Any:
        return {"cpu0_time": 1} if question == "diagnostics" else super().ask(
            context, question, instance, arguments)


@dataclass(frozen=True)
class Ask:
    """How the action named in the contract is asked for."""

    method: str
    path: str
    body: Any = None
    who: str = "user"
    version: str | None = None
    success: int = 202
    columns: dict[str, Any] = field(default_factory=dict)


ACTION = "/servers/{uuid}/action"
NET = "{net}"
ASKS = {
    "changePassword": Ask("POST", ACTION, {"changePassword": {"adminPass": "x"}}),
    "trigger_crash_dump": Ask("POST", ACTION, {"trigger_crash_dump": None}, version="2.17"),
    "os-resetState": Ask("POST", ACTION, {"os-resetState": {"state": "error"}}, who="admin"),
    "injectNetworkInfo": Ask("POST", ACTION, {"injectNetworkInfo": None}, who="admin"),
    "restore": Ask("POST", ACTION, {"restore": None}),
    "POST os-interface": Ask(
        "POST", "/servers/{uuid}/os-interface", {"interfaceAttachment": {"net_id": NET}},
        success=200),
    "DELETE os-interface": Ask("DELETE", f"/servers/{{uuid}}/os-interface/{PORT}"),
    "GET diagnostics": Ask("GET", "/servers/{uuid}/diagnostics", who="admin", success=200),
    "PUT /servers/{id}": Ask("PUT", "/servers/{uuid}", {"server": {"name": "n"}}, success=200),
}
WITH_STATES = [key for key in ASKS if key != "PUT /servers/{id}"]


class Place:
    def __init__(self) -> None:
        self.world = World(quota__instances=-1, quota__cores=-1, quota__ram=-1)
        self.host = Obedient()
        self.world.add_host("host1", self.host)
        self.net = self.world.network.add_network(PROJECT, "private", "192.168.1.0/24")
        ports = NetworkMemory(self.world.network).ports
        draft = PortDraft(self.net.id, PROJECT, "", "")
        self.host.port_id = ports.create(admin_context(), [draft])[0].id
        self.wired = vifs_to_json([Vif(PORT, "fa:16:3e:00:00:01", VifNetwork(self.net.id))])

    def server(self, **columns: Any) -> str:
        return add_server(self.world, "one", **{"network_info": self.wired, **columns})

    def set(
        self, request: pytest.FixtureRequest, option: str, value: Any, group: str | None = None
    ) -> None:
        """Until the test ends."""
        old = self.world.conf[group][option] if group else self.world.conf[option]
        self.world.conf.set_override(option, value, group)
        request.addfinalizer(lambda: self.world.conf.set_override(option, old, group))

    def ask(self, key: str, uuid: str, who: str | None = None) -> webob.Response:
        ask = ASKS[key]
        body = ask.body
        if key == "POST os-interface":
            body = {"interfaceAttachment": {"net_id": self.net.id}}
        return self.world.ask(ask.method, ask.path.format(uuid=uuid), json=body,
                              who=who or ask.who, version=ask.version)


@pytest.fixture(scope="module")
def place() -> Place:
    return Place()


@pytest.mark.parametrize("key", WITH_STATES)
def test_states(place: Place, key: str) -> None:
    uuid, row = place.server(), ROWS[key]
    for vm_state, task in _states():
        place.world.cell.instances.update(uuid, {"vm_state": vm_state, "task_state": task})
        answer = place.ask(key, uuid)
        obstacle = _allowed(row, vm_state, task)
        if obstacle is None:
            assert answer.status_int == ASKS[key].success, (vm_state, task, answer.text)
            continue
        state = vm_state if obstacle == "vm_state" else task
        assert answer.status_int == 409, (vm_state, task, answer.text)
        assert answer.json["conflictingRequest"]["message"] == (
            f"Cannot '{row['conflict_word']}' instance {uuid} while it is in {obstacle} {state}")


@pytest.mark.parametrize("key", WITH_STATES)
def test_locked(place: Place, key: str) -> None:
    uuid, row = place.server(locked_by="owner", vm_state="rescued"), ROWS[key]
    answer = place.ask(key, uuid)
    held = row["lock_enforced"] == "yes" and ASKS[key].who != "admin"
    assert ("locked" in answer.text) == held, answer.text
    if held:
        assert answer.status_int == 409
        assert answer.json["conflictingRequest"]["message"] == f"Instance {uuid} is locked"
        assert "locked" not in place.ask(key, uuid, who="admin").text


@pytest.mark.parametrize("key", WITH_STATES)
def test_never_launched(place: Place, key: str) -> None:
    row = ROWS[key]
    first = row["allowed_vm_states"].split()[0]
    uuid = place.server(vm_state="active" if first == "any" else first, launched_at=None)
    answer = place.ask(key, uuid)
    if first == "any":
        assert answer.status_int == ASKS[key].success
        return
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == (
        f"Instance {uuid} is in an invalid state for '{row['conflict_word']}'")


@pytest.mark.parametrize("key", ["trigger_crash_dump", "GET diagnostics"])
def test_no_host(place: Place, key: str) -> None:
    uuid = place.server(vm_state="active", host=None, node=None)
    answer = place.ask(key, uuid)
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == f"Instance {uuid} is not ready"


@pytest.mark.parametrize("key", ASKS)
def test_of_another_project(place: Place, key: str) -> None:
    uuid = place.server()
    who = "other" if ASKS[key].who == "user" else None
    if who is None:
        assert place.ask(key, uuid, who="user").status_int == 403
        return
    answer = place.ask(key, uuid, who=who)
    assert answer.status_int == 404
    assert answer.json["itemNotFound"]["message"] == f"Instance {uuid} could not be found."


@pytest.mark.parametrize("key", [key for key in WITH_STATES if key != "os-resetState"])
def test_before_there_is_a_server(place: Place, key: str) -> None:
    """A build request can only be deleted, named and locked away from changes."""
    uuid = add_pending(place.world, "soon")
    assert place.ask(key, uuid).status_int in (404, 409)


def test_a_host_that_is_silent(place: Place, request: pytest.FixtureRequest) -> None:
    """The password may be changed all the same, later: the operation stays."""
    place.set(request, "long_rpc_timeout", 1)
    uuid = place.server(host="gone")
    answer = place.ask("changePassword", uuid)
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == "Service is unavailable at this time."
    assert place.world.cell.operations.of_instance(uuid)[0].state == "accepted"


def test_a_server_that_no_host_has_is_restored_at_once(place: Place) -> None:
    uuid = place.server(vm_state="soft-delete", host=None, node=None)
    assert place.ask("restore", uuid).status_int == 202
    assert place.world.cell.instances.get(uuid).vm_state == "active"


def test_restoring_needs_room(place: Place, request: pytest.FixtureRequest) -> None:
    uuid = place.server(vm_state="soft-delete")
    place.set(request, "instances", 0, "quota")
    answer = place.ask("restore", uuid)
    assert answer.status_int == 403
    assert answer.json["forbidden"]["message"].startswith("Quota exceeded for instances")
    assert place.world.cell.instances.get(uuid).vm_state == "soft-delete"


def test_the_state_is_reset_from_under_whoever_works(place: Place) -> None:
    uuid = place.server()
    assert place.world.ask("POST", f"/servers/{uuid}/action",
                           json={"pause": None}).status_int == 202
    assert place.ask("os-resetState", uuid).status_int == 202
    server = place.world.cell.instances.get(uuid)
    assert (server.vm_state, server.task_state) == ("error", None)
    reset, pause, _ = place.world.cell.operations.of_instance(uuid)
    assert (reset.action, reset.state) == ("resetState", "done")
    now = place.world.clock.now()
    owner = "compute:host1:x"
    with pytest.raises(Exception, match="is not held by"):
        place.world.cell.operations.claim(pause.id, owner, now, now)


def test_nothing_is_ended_twice(place: Place) -> None:
    uuid = place.server()
    for _time in range(2):
        assert place.world.ask("DELETE", f"/servers/{uuid}").status_int == 204
        answer = place.world.ask("POST", f"/servers/{uuid}/action", json={"forceDelete": None})
        assert answer.status_int == 202
    found = [one.action for one in place.world.cell.operations.of_instance(uuid)]
    assert found == ["delete", "create"]


def test_a_soft_delete(place: Place, request: pytest.FixtureRequest) -> None:
    place.set(request, "reclaim_instance_interval", 3600)
    uuid, unborn = place.server(), place.server(launched_at=None)
    for one in (uuid, unborn):
        assert place.world.ask("DELETE", f"/servers/{one}").status_int == 204
    soft, hard = (place.world.cell.instances.get(one) for one in (uuid, unborn))
    assert (soft.task_state, hard.task_state) == ("soft-deleting", "deleting")
    assert soft.deleted_at == place.world.clock.now().replace(microsecond=0)
    assert place.world.stores.api.mappings.get(uuid).queued_for_delete
    operation = place.world.cell.operations.of_instance(uuid)[0]
    assert (operation.action, operation.kind) == ("delete", "soft-delete")
    answer = place.world.ask("POST", f"/servers/{uuid}/action", json={"forceDelete": None})
    assert answer.status_int == 202
    assert place.world.cell.instances.get(uuid).task_state == "deleting"


def test_who_waits_already_waits_on(place: Place, request: pytest.FixtureRequest) -> None:
    place.set(request, "reclaim_instance_interval", 3600)
    uuid = place.server(vm_state="soft-delete")
    assert place.world.ask("DELETE", f"/servers/{uuid}").status_int == 204
    assert len(place.world.cell.operations.of_instance(uuid)) == 1


def test_records(place: Place) -> None:
    """What the timeline calls each of them."""
    uuid = place.server()
    names = {"changePassword": "changePassword", "POST os-interface": "attach_interface",
             "DELETE os-interface": "detach_interface", "os-resetState": "resetState"}
    for key, name in names.items():
        place.world.cell.instances.update(uuid, {"vm_state": "active", "task_state": None})
        place.ask(key, uuid)
        assert place.world.cell.operations.of_instance(uuid)[0].action == name
