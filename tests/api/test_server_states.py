"""From which states actions may begin, who is refused, and what is said: as agreed, for every
action that is declared and every pair of states."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.core.states import TaskState, VmState, status_of
from tests import records
from tests.api.contract import facts
from tests.api.servers import IMAGE, IMAGES, USABLE, add_pending, add_server
from tests.api.world import World

HARD, SOFT = {"reboot": {"type": "HARD"}}, {"reboot": {"type": "SOFT"}}
# The contract's name of an action: the body that asks for it.
BODIES: dict[str, dict[str, Any]] = {
    "reboot (SOFT)": SOFT,
    "reboot (HARD)": HARD,
    "os-start": {"os-start": None},
    "os-stop": {"os-stop": None},
    "pause": {"pause": None},
    "unpause": {"unpause": None},
    "suspend": {"suspend": None},
    "resume": {"resume": None},
    "forceDelete": {"forceDelete": None},
    "rescue": {"rescue": None},
    "unrescue": {"unrescue": None},
    "rebuild": {"rebuild": {"imageRef": IMAGE}},
    "createImage": {"createImage": {"name": "picture"}},
    "createBackup": {"createBackup": {"name": "b", "backup_type": "daily", "rotation": 1}},
}
# What is answered when it may begin, unless that is 202.
GRANTED = {"rescue": 200}
# A busy one that no action may begin from, and those that some may.
TASKS = (None, TaskState.IMAGE_SNAPSHOT, TaskState.REBOOTING_HARD, TaskState.PAUSING)
ROWS = {row["key"]: row for row in facts.states("action")}


def _allowed(row: dict[str, str], vm_state: str, task: str | None) -> str | None:
    """What is in the way: 'vm_state', 'task_state' or nothing."""
    vm_states = row["allowed_vm_states"].split()
    if vm_states != ["any"] and vm_state not in vm_states:
        return "vm_state"
    tasks = row["allowed_task_states"].replace("none only", "none")
    if tasks != "any" and (task or "none") not in tasks.split():
        return "task_state"
    return None


def _states() -> Iterator[tuple[str, str | None]]:
    gone = (VmState.DELETED,)
    for vm_state, task in itertools.product(VmState, TASKS):
        if vm_state not in gone:
            yield vm_state.value, task.value if task else None


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.add_host("host1")
    made.images.images[IMAGE] = ImageMeta(id=IMAGE, **{**USABLE, **IMAGES[IMAGE]})
    return made


@pytest.mark.parametrize("key", BODIES)
def test_states(world: World, key: str) -> None:
    uuid = add_server(world, key)
    row = ROWS[key]
    word = row["conflict_word"]
    for vm_state, task in _states():
        world.cell.instances.update(uuid, {"vm_state": vm_state, "task_state": task})
        answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key])
        obstacle = _allowed(row, vm_state, task)
        if obstacle is None:
            granted = GRANTED.get(key, 202)
            assert answer.status_int == granted, (vm_state, task, answer.text)
            continue
        state = vm_state if obstacle == "vm_state" else task
        assert answer.status_int == 409, (vm_state, task)
        assert answer.json["conflictingRequest"]["message"] == (
            f"Cannot '{word}' instance {uuid} while it is in {obstacle} {state}"
        )


@pytest.mark.parametrize("key", BODIES)
def test_locked(world: World, key: str) -> None:
    """The lock is looked at before the state; administrators are not held by it."""
    uuid = add_server(world, key, vm_state="rescued", locked_by="owner")
    answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key])
    if ROWS[key]["lock_enforced"] == "no":
        assert "locked" not in answer.text
        return
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == f"Instance {uuid} is locked"
    answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key], who="admin")
    assert "locked" not in answer.text


@pytest.mark.parametrize("key", BODIES)
def test_never_launched(world: World, key: str) -> None:
    first = ROWS[key]["allowed_vm_states"].split()[0]
    uuid = add_server(world, key, vm_state="active" if first == "any" else first, launched_at=None)
    answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key])
    if first == "any":
        assert answer.status_int == 202
        return
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == (
        f"Instance {uuid} is in an invalid state for '{ROWS[key]['conflict_word']}'"
    )


@pytest.mark.parametrize("key", BODIES)
def test_no_host(world: World, key: str) -> None:
    """Where a host is needed, that is said before anything of states."""
    uuid = add_server(world, key, vm_state="rescued", host=None, node=None)
    answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key])
    if "host must be set" in ROWS[key]["host_rule"]:
        assert answer.status_int == 409
        assert answer.json["conflictingRequest"]["message"] == f"Instance {uuid} is not ready"
    else:
        assert "not ready" not in answer.text


@pytest.mark.parametrize("key", BODIES)
def test_without_a_cell(world: World, key: str) -> None:
    uuid = add_pending(world, key)
    answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key])
    assert answer.status_int == (202 if key == "forceDelete" else 409), answer.text
    shown = world.ask("GET", f"/servers/{uuid}")
    assert shown.status_int == (404 if key == "forceDelete" else 200)


@pytest.mark.parametrize("key", BODIES)
def test_of_another_project(world: World, key: str) -> None:
    uuid = add_server(world, key)
    answer = world.ask("POST", f"/servers/{uuid}/action", json=BODIES[key], who="other")
    assert answer.status_int == 404
    assert answer.json["itemNotFound"]["message"] == f"Instance {uuid} could not be found."


def test_status() -> None:
    """What states are called; the last row of a vm_state is for all other tasks."""
    for row in facts.states("status"):
        vm_state, tasks = row["key"], row["allowed_task_states"]
        if "(" in vm_state:
            continue
        for task in ["spawning", None] if tasks == "any other" else [tasks]:
            assert status_of(vm_state, task) == row["status"], row
    assert status_of("active", None, deleted=True) == "DELETED"
    assert status_of("nonsense", None) == "UNKNOWN"


def test_a_host_that_does_not_answer(world: World) -> None:
    uuid = add_server(world, "a", host="gone")
    answer = world.ask("POST", f"/servers/{uuid}/action", json={"os-getConsoleOutput": {}})
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == "Service is unavailable at this time."


@pytest.mark.parametrize("body", [{"forceDelete": None}, None])
def test_who_is_ended_is_marked(world: World, body: dict[str, Any] | None) -> None:
    """So that nobody looks for it in a cell that is away."""
    uuid = add_server(world, "a")
    if body is None:
        world.ask("DELETE", f"/servers/{uuid}")
    else:
        world.ask("POST", f"/servers/{uuid}/action", json=body)
    assert world.stores.api.mappings.get(uuid).queued_for_delete


@pytest.mark.parametrize(
    "columns",
    [{"flavor": records.flavor(extra_specs={"hw:mem_encryption": "true"})},
     {"system_metadata": {"image_hw_mem_encryption": "True"}}],
    ids=["flavor", "image"],
)  # fmt: skip
def test_memory_that_is_encrypted(world: World, columns: dict[str, Any]) -> None:
    """What a server is made of is looked at before its lock."""
    uuid = add_server(world, "a", locked_by="admin", **columns)
    answer = world.ask("POST", f"/servers/{uuid}/action", json={"suspend": None})
    assert answer.status_int == 400
    assert answer.json["badRequest"]["message"] == (
        f"Operation 'suspend' not supported for SEV-enabled instance ({uuid})."
    )
