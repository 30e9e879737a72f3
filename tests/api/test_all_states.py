"""The contract's table of states, row by row: what none of the other tests of states asks for,
and that no row is forgotten.  Moves are refused, and say why."""

from dataclasses import dataclass
from typing import Any

import pytest
import webob

from nova.clients.network.memory import NetworkMemory
from nova.clients.network.servers import ServerNetworking
from nova.context import admin_context
from nova.core.states import TaskState, VmState
from nova.errors import Unsupported
from tests.api.one_host import with_port
from tests.api.servers import SERVERS_GIVEN, add_server
from tests.api.test_one_host_states import ASKS
from tests.api.test_server_states import BODIES, ROWS
from tests.api.world import Host, World

UNKNOWN = "99999999-9999-4999-8999-999999999999"
# What is done with volumes and shares is refused in tests/api/cases/attached.yaml.
OF_VOLUMES = {
    "POST os-volume_attachments", "DELETE os-volume_attachments/{id}",
    "PUT os-volume_attachments/{id} (swap)", "POST shares", "DELETE shares/{id}",
}  # fmt: skip
TASKS = (None, TaskState.IMAGE_SNAPSHOT, TaskState.MIGRATING, TaskState.DELETING)
NOT_YET = 501


@dataclass(frozen=True)
class Ask:
    """`granted`: the codes of answers in a right state; `states` adds to those of the row."""

    body: Any
    granted: tuple[int, ...]
    who: str = "user"
    version: str = "2.1"
    method: str = "POST"
    path: str = "/action"
    states: str = ""
    fault: str = ""


def _action(name: str, wish: Any, *granted: int, **more: Any) -> Ask:
    return Ask({name: wish}, granted, **more)


NO_RESIZE = "Instance has not been resized."
UP = "Compute service of host1 is still in use."
SPICE = {"remote_console": {"protocol": "spice", "type": "spice-html5"}}
CHECKS = {
    "POST /servers": Ask({"server": {"name": "n"}}, (400,), path=""),
    "DELETE /servers/{id}": Ask(None, (204,), method="DELETE", path=""),
    "resize": _action("resize", {"flavorRef": "2"}, NOT_YET),
    "migrate": _action("migrate", None, NOT_YET, who="admin"),
    "confirmResize": _action("confirmResize", None, 400, fault=NO_RESIZE),
    "revertResize": _action("revertResize", None, 400, fault=NO_RESIZE),
    "os-migrateLive": _action(
        "os-migrateLive", {"host": None, "block_migration": "auto"}, NOT_YET, who="admin",
        version="2.25"),
    "migrations force_complete": _action(
        "force_complete", None, 404, who="admin", version="2.22", path="/migrations/7/action"),
    "migrations abort (DELETE)": Ask(
        None, (404,), who="admin", version="2.24", method="DELETE", path="/migrations/7"),
    "evacuate": _action("evacuate", {}, 400, who="admin", version="2.14", fault=UP),
    "shelve": _action("shelve", None, NOT_YET),
    "shelveOffload": _action("shelveOffload", None, NOT_YET, who="admin"),
    "unshelve (shelved)": _action("unshelve", None, NOT_YET, states="shelved_offloaded"),
    "unshelve (shelved_offloaded)": _action("unshelve", None, NOT_YET, states="shelved"),
    "os-getConsoleOutput": _action("os-getConsoleOutput", {}, 501),
    "os-getVNCConsole os-getSPICEConsole os-getSerialConsole (to 2.5)": _action(
        "os-getVNCConsole", {"type": "novnc"}, 400, 501),
    "POST remote-consoles (from 2.6)": Ask(
        SPICE, (400, 501), version="2.8", path="/remote-consoles"),
    "lock / unlock": _action("lock", None, 202, who="admin"),
    "addSecurityGroup / removeSecurityGroup": _action(
        "addSecurityGroup", {"name": "default"}, 202),
    "addFixedIp / removeFixedIp (to 2.43)": _action(
        "addFixedIp", {"networkId": "{net}"}, 202),
    "addFloatingIp / removeFloatingIp (to 2.43)": _action(
        "addFloatingIp", {"address": "172.24.4.99"}, 404),
    "metadata create/update/delete": Ask(
        {"metadata": {"a": "b"}}, (200,), path="/metadata"),
    "tags update/delete": Ask(None, (201, 204), version="2.26", method="PUT", path="/tags/t"),
}  # fmt: skip
# A server is not there before it is asked for, nor after its end.
OF_SERVERS = [key for key in CHECKS if key != "POST /servers"]
WITH_STATES = [key for key in OF_SERVERS if key != "DELETE /servers/{id}"]
MOVES = {"resize", "migrate", "confirmResize", "revertResize", "os-migrateLive", "evacuate",
         "shelve", "shelveOffload", "unshelve (shelved)"}  # fmt: skip


class Place:
    def __init__(self) -> None:
        self.world = World(quota__instances=-1, quota__cores=-1, quota__ram=-1)
        self.world.add_host("host1", Mute())
        SERVERS_GIVEN["wherewithal"](self.world)
        self.wired = with_port(self.world)

    def server(self, **columns: Any) -> str:
        return add_server(self.world, "one", **columns)

    def ask(self, key: str, uuid: str, who: str | None = None) -> webob.Response:
        ask = CHECKS[key]
        body = ask.body
        if key.startswith("addFixedIp"):
            body = {"addFixedIp": {"networkId": self.wired["net"]}}
        return self.world.ask(ask.method, f"/servers/{uuid}{ask.path}", json=body,
                              who=who or ask.who, version=ask.version)


class Mute(Host):
    """Shows nothing of its guests."""

    def ask(self, context: Any, question: str, instance: Any, arguments: Any) -> Any:
        raise Unsupported


@pytest.fixture(scope="module")
def place() -> Place:
    return Place()


def test_no_row_is_forgotten() -> None:
    asked = {*BODIES, *ASKS, *CHECKS, *OF_VOLUMES}
    assert asked == set(ROWS)


def obstacle(key: str, vm_state: str, task: str | None) -> str | None:
    """What the row says is in the way: 'vm_state', 'task_state' or nothing."""
    vm_states = f"{ROWS[key]['allowed_vm_states']} {CHECKS[key].states}".split()
    if "any" not in vm_states and vm_state not in vm_states:
        return "vm_state"
    tasks = ROWS[key]["allowed_task_states"].replace("none only", "none")
    if tasks.startswith("any except"):
        return "task_state" if task and task in tasks else None
    return None if tasks == "any" or (task or "none") in tasks.split() else "task_state"


@pytest.mark.parametrize("key", WITH_STATES)
def test_states(place: Place, key: str) -> None:
    word, uuid = ROWS[key]["conflict_word"], place.wired["wired"]
    for vm_state in VmState:
        for task in TASKS if vm_state != VmState.DELETED else ():
            columns = {"vm_state": vm_state.value, "task_state": task, "locked_by": None}
            place.world.cell.instances.update(uuid, columns)
            answer, wrong = place.ask(key, uuid), obstacle(key, vm_state, task)
            if wrong is None:
                assert answer.status_int in CHECKS[key].granted, (columns, answer.text)
                assert CHECKS[key].fault in answer.text
                assert place.world.cell.instances.get(uuid).task_state == task
                continue
            assert answer.status_int == 409, (columns, answer.text)
            state = vm_state if wrong == "vm_state" else task
            said = f" instance {uuid} while it is in {wrong} {state}"
            message = answer.json["conflictingRequest"]["message"]
            assert message == f"Cannot '{word}'{said}" if word != "-" else message.endswith(said)


@pytest.mark.parametrize("key", WITH_STATES)
def test_locked(place: Place, key: str) -> None:
    """By its owner, who is not let through either; administrators are."""
    uuid, who = place.server(locked_by="owner", vm_state="building"), CHECKS[key].who
    answer = place.ask(key, uuid)
    held = ROWS[key]["lock_enforced"] == "yes" and who != "admin"
    assert (f"Instance {uuid} is locked" in answer.text) == held, answer.text
    assert answer.status_int == 409 or not held
    assert "is locked" not in place.ask(key, uuid, who="admin").text


@pytest.mark.parametrize("key", OF_SERVERS)
def test_of_nobody(place: Place, key: str) -> None:
    """A server that there is not, and one of another project."""
    answer = place.ask(key, UNKNOWN)
    assert answer.status_int == 404
    assert answer.json["itemNotFound"]["message"] == f"Instance {UNKNOWN} could not be found."
    uuid, who = place.server(), CHECKS[key].who
    if who == "admin" and key != "lock / unlock":
        assert place.ask(key, uuid, who="user").status_int == 403
        return
    answer = place.ask(key, uuid, who="other")
    assert answer.status_int == 404
    assert answer.json["itemNotFound"]["message"] == f"Instance {uuid} could not be found."


@pytest.mark.parametrize("key", sorted(MOVES))
def test_moves_that_make_no_sense(place: Place, key: str) -> None:
    """What is asked for is looked at before the server."""
    ask = CHECKS[key]
    (name,) = ask.body
    versions = {"unshelve": "2.77", "migrate": "2.56"}
    answer = place.world.ask(
        "POST", f"/servers/{place.server()}/action", json={name: {"nonsense": 1}}, who="admin",
        version=versions.get(name, ask.version))
    free = {"confirmResize", "revertResize", "shelve", "shelveOffload"}
    assert answer.status_int in ((400, 409, NOT_YET) if name in free else (400,)), answer.text


def test_never_launched(place: Place) -> None:
    """Those with a state refuse a server that never ran."""
    for key in sorted(MOVES - {"os-migrateLive", "evacuate"}):
        state = ROWS[key]["allowed_vm_states"].split()[0]
        uuid = place.server(vm_state=state, launched_at=None)
        answer = place.ask(key, uuid)
        assert answer.status_int == 409, (key, answer.text)
        assert answer.json["conflictingRequest"]["message"] == (
            f"Instance {uuid} is in an invalid state for '{ROWS[key]['conflict_word']}'")


@pytest.mark.parametrize("key", ["resize", "migrate"])
def test_from_a_host_that_is_away(place: Place, key: str) -> None:
    answer = place.ask(key, place.server(host="nowhere"))
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == "Service is unavailable at this time."
    uuid = place.server(host=None, node=None)
    answer = place.ask(key, uuid)
    assert answer.json["conflictingRequest"]["message"] == f"Instance {uuid} is not ready"


def test_addresses_stay_known(place: Place) -> None:
    """Adding a fixed address changes what is known of the server at once."""
    uuid = place.wired["wired"]
    found = ServerNetworking(NetworkMemory(place.world.network), place.world.clock)
    there = {ip.address for vif in found.info(admin_context(), uuid)
             for subnet in vif.network.subnets for ip in subnet.ips}
    shown = place.world.ask("GET", f"/servers/{uuid}/ips").json["addresses"]
    assert {one["addr"] for many in shown.values() for one in many} >= there - {"172.24.4.7"}
