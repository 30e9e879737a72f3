"""The journal: who holds a server, who holds an operation, and what an end leaves."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from nova.core.states import OperationState, TaskState, VmState, transition
from nova.objects.server import BlockDevice, Event, Fault, Instance, Operation
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.errors import (
    ActionNotFound,
    InstanceNotFound,
    MarkerNotFound,
    OperationLost,
    StateConflict,
)
from nova.objects.store.page import Page
from tests import records

PAUSE = transition(VmState.ACTIVE, via=TaskState.PAUSING, to=VmState.PAUSED)
DELETE = transition(via=TaskState.DELETING, tasks=None, launched_only=False)
LOOK = transition(VmState.ACTIVE, tasks=None)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def active(cell1: CellStore) -> str:
    """The uuid of a server that is active and idle."""
    made = records.instance(vm_state="active", task_state=None, host="h1")
    _, create = cell1.operations.create(made, records.operation(made.uuid))
    taken(cell1, create)
    cell1.operations.settle(create.id, "me", records.outcome())
    return made.uuid


def taken(cell: CellStore, operation: Operation, owner: str = "me") -> Operation:
    now = records.now()
    return cell.operations.claim(operation.id, owner, now, now + MINUTE)[0]


def begun(cell: CellStore, uuid: str, moves: Any = PAUSE, **more: Any) -> Operation:
    return cell.operations.begin(records.operation(uuid, "pause", **more), moves)


def event(name: str, start: datetime, finish: datetime | None, result: str | None) -> Event:
    return Event(
        event=name,
        start_time=start,
        finish_time=finish,
        result=result,
        traceback=None,
        host="h1",
        details=None,
    )


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each answered or raised, when all began together."""
    barrier = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = works[number]()
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_begin_takes_the_state_and_opens_the_operation(cell1: CellStore, active: str) -> None:
    opened = cell1.operations.begin(
        records.operation(active, "pause", arguments={"a": [1]}), PAUSE, {"progress": 0}
    )
    instance = cell1.instances.get(active)
    assert (instance.task_state, instance.progress) == ("pausing", 0)
    kept = cell1.operations.get(opened.id)
    assert (kept.state, kept.arguments, kept.progress) == ("accepted", {"a": [1]}, {})
    assert (kept.owner, kept.attempts, kept.events) == (None, 0, [])
    assert kept.deadline == opened.deadline


def test_begin_refuses_the_wrong_state(cell1: CellStore, active: str) -> None:
    begun(cell1, active)
    with pytest.raises(StateConflict):
        begun(cell1, active)
    with pytest.raises(StateConflict):
        begun(cell1, active, transition(VmState.STOPPED, tasks=None))
    with pytest.raises(InstanceNotFound):
        begun(cell1, records.new_uuid())
    assert [each.action for each in cell1.operations.of_instance(active)] == ["pause", "create"]


def test_an_operation_may_take_no_state(cell1: CellStore, active: str) -> None:
    """It ends beside another one and leaves that one's state alone."""
    attach = begun(cell1, active, LOOK)
    pause = begun(cell1, active)
    taken(cell1, attach)
    cell1.operations.settle(attach.id, "me", records.outcome())
    assert cell1.instances.get(active).task_state == "pausing"
    taken(cell1, pause)
    cell1.operations.settle(pause.id, "me", records.outcome(instance={"vm_state": "paused"}))
    found = cell1.instances.get(active)
    assert (found.vm_state, found.task_state) == ("paused", None)


def test_a_finished_operation_takes_nothing(cell1: CellStore, active: str) -> None:
    lock = cell1.operations.begin(
        records.operation(active, "lock"), LOOK, {"locked_by": "owner"}, finished=True
    )
    assert cell1.instances.get(active).locked
    kept = cell1.operations.get(lock.id)
    assert kept.state == "done" and kept.finish_time is not None
    with pytest.raises(OperationLost):
        taken(cell1, lock)


def test_two_begins_at_once_give_one_operation(cell1: CellStore, active: str) -> None:
    answers = at_once(*[lambda: begun(cell1, active)] * 4)
    refused = [answer for answer in answers if isinstance(answer, StateConflict)]
    assert len(refused) == 3, answers
    assert len(cell1.operations.of_instance(active)) == 2


def test_create_is_done_once(cell1: CellStore) -> None:
    made = records.instance(tags=["t"])
    operation = records.operation(made.uuid, progress={"target": "h1"})
    device = records.block_device(made.uuid)
    first = cell1.operations.create(made, operation, [device])
    again = cell1.operations.create(made, operation, [device])
    assert (first[0].id, first[1].id) == (again[0].id, again[1].id)
    assert again[1].progress == {"target": "h1"}
    assert len(cell1.instances.get(made.uuid).block_devices) == 1
    answers = at_once(*[lambda: cell1.operations.create(made, operation, [device])] * 3)
    assert {answer[0].id for answer in answers} == {first[0].id}


def test_bury_keeps_the_reason(cell1: CellStore) -> None:
    made = records.instance()
    fault = Fault(
        instance_uuid=made.uuid,
        code=500,
        message="No valid host was found." * 20,
        details="why",
        host=None,
        created_at=records.now(),
    )
    events = [event("schedule", records.now(), records.now(), "Error")]
    operation = records.operation(made.uuid, state="failed", message="Error", events=events)
    for _ in range(2):
        cell1.operations.bury(made, operation, fault)
    found = cell1.instances.get(made.uuid)
    assert (found.vm_state, found.task_state, found.host) == ("error", None, None)
    assert found.fault is not None and found.fault.details == "why"
    assert len(found.fault.message) == 255
    (kept,) = cell1.operations.of_instance(made.uuid)
    assert kept.state == "failed" and kept.finish_time is not None
    (shown,) = cell1.operations.get(kept.id).events
    assert (shown.event, shown.result) == ("schedule", "Error")


def test_discard_leaves_a_deleted_record(cell1: CellStore) -> None:
    made = records.instance()
    cell1.operations.create(made, records.operation(made.uuid))
    for _ in range(2):
        cell1.operations.discard(made.uuid)
    with pytest.raises(InstanceNotFound):
        cell1.instances.get(made.uuid)
    (kept,) = cell1.operations.of_instance(made.uuid)
    assert kept.state == "failed"


def test_a_claim_excludes_others_until_its_lease_ends(cell1: CellStore, active: str) -> None:
    opened, now = begun(cell1, active), records.now()
    claimed, instance = cell1.operations.claim(opened.id, "a", now, now + MINUTE)
    assert (claimed.state, claimed.attempts, claimed.owner) == ("running", 1, "a")
    assert instance.flavor.known("name")
    with pytest.raises(OperationLost):
        cell1.operations.claim(opened.id, "b", now, now + MINUTE)
    assert cell1.operations.claim(opened.id, "a", now, now + MINUTE)[0].attempts == 2
    late = now + MINUTE + timedelta(milliseconds=1)
    assert cell1.operations.claim(opened.id, "b", late, late + MINUTE)[0].attempts == 3
    with pytest.raises(OperationLost):
        cell1.operations.settle(opened.id, "a", records.outcome())


def test_of_claims_at_once_one_succeeds(cell1: CellStore, active: str) -> None:
    opened, now = begun(cell1, active), records.now()

    def claim(owner: str) -> Callable[[], Any]:
        return lambda: cell1.operations.claim(opened.id, owner, now, now + MINUTE)

    answers = at_once(*(claim(f"owner-{number}") for number in range(5)))
    lost = [answer for answer in answers if isinstance(answer, OperationLost)]
    assert len(lost) == 4, answers
    assert cell1.operations.get(opened.id).attempts == 1


def test_what_lost_its_server_can_still_take_back_what_it_made(
    cell1: CellStore, active: str
) -> None:
    """And ends without a word about the server; what made nothing ends at once."""
    now = records.now()
    plain, made = begun(cell1, active), []
    for _ in range(2):
        made.append(cell1.operations.begin(
            records.operation(active, "reboot", progress={"made": True}), DELETE))
    with pytest.raises(OperationLost):
        cell1.operations.claim(plain.id, "me", now, now + MINUTE)
    assert cell1.operations.get(plain.id).state == "failed"
    claimed, _ = cell1.operations.claim(made[0].id, "me", now, now + MINUTE)
    assert claimed.progress == {"made": True, "forsaken": True}
    with pytest.raises(OperationLost):
        cell1.operations.claim(made[0].id, "you", now, now + MINUTE)
    task = cell1.instances.get(active).task_state
    assert not cell1.operations.settle(made[0].id, "me", records.outcome(OperationState.FAILED))
    assert cell1.instances.get(active).task_state == task is not None
    assert "forsaken" not in cell1.operations.claim(made[1].id, "me", now, now + MINUTE)[0].progress


def test_renewed_leases_end_with_the_deadline(cell1: CellStore, active: str) -> None:
    now = records.now()
    opened = begun(cell1, active, deadline=now + MINUTE)
    cell1.operations.claim(opened.id, "renewer", now, now + MINUTE)
    cell1.operations.renew("renewer", now + 5 * MINUTE, [opened.id])
    assert cell1.operations.get(opened.id).lease_expires_at == now + 5 * MINUTE
    attach = begun(cell1, active, LOOK, deadline=now - MINUTE)
    cell1.operations.claim(attach.id, "late", now, now + MINUTE)
    cell1.operations.renew("late", now + 5 * MINUTE, [attach.id])
    assert cell1.operations.get(attach.id).lease_expires_at == now + MINUTE


def test_save_moves_on_and_hands_over(cell1: CellStore, active: str) -> None:
    opened = begun(cell1, active)
    claimed, start = taken(cell1, opened), records.now().replace(microsecond=0)
    cell1.operations.save(
        claimed,
        "me",
        cursor=2,
        progress={"target": "h9", "x": 1},
        instance={"progress": 50},
        events=[event("step", start, None, None)],
    )
    kept = cell1.operations.get(opened.id)
    assert (kept.cursor, kept.progress, kept.owner) == (2, {"target": "h9", "x": 1}, "me")
    assert cell1.instances.get(active).progress == 50
    cell1.operations.save(
        claimed,
        "me",
        state="undoing",
        new_owner="",
        events=[event("step", start, start + MINUTE, "Success")],
    )
    kept = cell1.operations.get(opened.id)
    assert (kept.state, kept.owner, kept.lease_expires_at) == ("undoing", None, None)
    (shown,) = kept.events
    assert (shown.start_time, shown.finish_time, shown.result) == (start, start + MINUTE, "Success")
    with pytest.raises(OperationLost):
        cell1.operations.save(claimed, "me", cursor=3)
    assert taken(cell1, opened, "other").state == "undoing"


def test_settle_writes_everything_once(cell1: CellStore, active: str) -> None:
    opened, now = begun(cell1, active), records.now()
    taken(cell1, opened)
    fault = Fault(
        instance_uuid=active, code=500, message="broken", details=None, host="h1", created_at=now
    )
    end = records.outcome(
        OperationState.FAILED, message="Error", fault=fault, network_info=[{"id": "p"}],
        instance={"vm_state": "error", "system_metadata": {"new": "1"}, "launched_at": now},
        events=[event("compute_pause", now, now, "Error")],
    )  # fmt: skip
    for _ in range(2):
        cell1.operations.settle(opened.id, "me", end)
    settled = cell1.instances.get(active)
    assert (settled.vm_state, settled.task_state) == ("error", None)
    assert settled.fault is not None and settled.fault.message == "broken"
    assert settled.network_info == [{"id": "p"}]
    assert settled.system_metadata["new"] == "1"
    assert settled.launched_at == now.replace(microsecond=0)
    kept = cell1.operations.get(opened.id)
    assert (kept.state, kept.message, len(kept.events)) == ("failed", "Error", 1)
    with pytest.raises(OperationLost):
        cell1.operations.settle(opened.id, "other", end)


def test_deletion_removes_the_record_and_what_points_to_it(cell1: CellStore, active: str) -> None:
    cell1.instances.set_tags(active, ["t"])
    cell1.devices.add(records.block_device(active))
    opened = begun(cell1, active, DELETE)
    taken(cell1, opened)
    cell1.operations.settle(opened.id, "me", records.outcome(deleted=True))
    with pytest.raises(InstanceNotFound):
        cell1.instances.get(active)
    gone = cell1.instances.get(active, read_deleted=True)
    assert gone.deleted and gone.deleted_at is not None and gone.terminated_at is not None
    assert (gone.vm_state, gone.task_state) == ("deleted", None)
    assert (gone.tags, gone.block_devices) == ([], [])
    assert gone.flavor.known("name") and gone.metadata == {"role": "web"}
    (listed,) = cell1.instances.find(InstanceFilter(uuids=[active], deleted=True), Page())
    assert listed.uuid == active
    assert cell1.instances.find(InstanceFilter(uuids=[active]), Page()) == []


def test_a_delete_takes_the_server_from_a_running_operation(cell1: CellStore, active: str) -> None:
    pause = begun(cell1, active)
    running = taken(cell1, pause)
    begun(cell1, active, DELETE)
    with pytest.raises(StateConflict):
        cell1.operations.save(running, "me", instance={"task_state": "pausing"})
    cell1.operations.save(running, "me", cursor=1)
    cell1.operations.settle(pause.id, "me", records.outcome(instance={"vm_state": "paused"}))
    found = cell1.instances.get(active)
    assert (found.vm_state, found.task_state) == ("active", "deleting")
    assert cell1.operations.get(pause.id).state == "done"


def test_stranded_operations_are_found(cell1: CellStore) -> None:
    now = records.now()

    def opened(**more: Any) -> Operation:
        made = records.instance()
        return cell1.operations.create(made, records.operation(made.uuid, **more))[1]

    def stranded(at: datetime, unclaimed_before: datetime) -> set[int]:
        return {each.id for each in cell1.operations.stranded(at, unclaimed_before, 1000)}

    fresh, working, late = opened(), opened(), opened(deadline=now - MINUTE)
    for each in (working, late):
        cell1.operations.claim(each.id, "w", now, now + MINUTE)
    mine = {fresh.id, working.id, late.id}
    assert stranded(now, now - MINUTE) & mine == {late.id}
    assert stranded(now, now + 2 * MINUTE) & mine == {late.id, fresh.id}
    assert stranded(now + 2 * MINUTE, now - MINUTE) & mine == {late.id, working.id}
    cell1.operations.settle(late.id, "w", records.outcome())
    assert stranded(now, now - MINUTE) & mine == set()
    assert len(cell1.operations.stranded(now, now + 2 * MINUTE, 1)) == 1


def test_the_timeline_of_a_server(cell1: CellStore, active: str) -> None:
    requests = []
    for name in ("lock", "unlock", "lock"):
        done = cell1.operations.begin(records.operation(active, name), LOOK, finished=True)
        requests.append(done.request_id)
    found = cell1.operations.of_instance(active)
    assert [each.action for each in found] == ["lock", "unlock", "lock", "create"]
    assert cell1.operations.by_request(active, requests[1]).action == "unlock"
    page = Page(limit=1, marker=requests[2])
    assert [each.request_id for each in cell1.operations.of_instance(active, page)] == [requests[1]]
    soon = records.now() + MINUTE
    assert cell1.operations.of_instance(active, changes_since=soon) == []
    assert len(cell1.operations.of_instance(active, changes_before=soon)) == 4
    with pytest.raises(ActionNotFound):
        cell1.operations.by_request(active, "req-unknown")
    with pytest.raises(MarkerNotFound):
        cell1.operations.of_instance(active, Page(marker="req-unknown"))


def test_devices_one_by_one(cell1: CellStore, active: str) -> None:
    devices = cell1.devices
    added: BlockDevice = devices.add(records.block_device(active))
    devices.update(added.uuid, {"connection_info": "{}", "attachment_id": records.new_uuid()})
    (found,) = devices.of_volume(added.volume_id)
    assert (found.uuid, found.connection_info) == (added.uuid, "{}")
    assert [each.uuid for each in devices.of_instance(active)] == [added.uuid]
    assert devices.delete(added.uuid) is True
    assert devices.delete(added.uuid) is False
    assert cell1.instances.get(active).block_devices == []


def test_transactions_are_short(cell1: CellStore, active: str) -> None:
    """Statements of one operation, begin and end of a transaction not counted."""
    seen: list[str] = []

    def count(work: Callable[[], Any]) -> int:
        seen.clear()
        with cell1.database.observed(seen.append):  # type: ignore[attr-defined]
            work()
        return len([one for one in seen if not one.startswith("BEGIN")])

    opened: list[Operation] = []
    assert count(lambda: opened.append(begun(cell1, active))) == 2
    assert count(lambda: taken(cell1, opened[0])) == 7
    assert count(lambda: cell1.operations.save(opened[0], "me", cursor=1)) == 1
    assert count(lambda: cell1.operations.settle(opened[0].id, "me", records.outcome())) == 3
    made: Instance = records.instance(tags=["a", "b"], metadata={"a": "1", "b": "2"})
    devices = [records.block_device(made.uuid) for _ in range(3)]
    operation = records.operation(made.uuid)
    assert count(lambda: cell1.operations.create(made, operation, devices)) == 8
