"""Who takes up what nobody works on."""

from datetime import timedelta
from typing import Any

import pytest

from nova.errors import Unavailable
from nova.objects.server import Operation
from nova.objects.store.errors import DatabaseUnavailable
from tests.stores import CELL1_UUID
from tests.unit.conductor.making import CONTEXT, Room

INTERVAL = 11


def pausing(room: Room, **more: Any) -> Operation:
    return room.begin(room.server().uuid, "pause", **more)


def owned(room: Room, operation: Operation, owner: str, seconds: float = 30) -> None:
    now = room.clock.now()
    room.cell.operations.claim(operation.id, owner, now, now + timedelta(seconds=seconds))


def test_what_was_told_a_moment_ago_is_let_be() -> None:
    room = Room()
    room.host("host1")
    pausing(room)
    room.conductor().look()
    assert room.hosts.told == []


def test_what_nobody_claimed_is_told_again() -> None:
    room = Room()
    pausing(room)
    room.clock.run(INTERVAL)
    room.host("host1")
    room.conductor().look()
    assert room.hosts.told == [("host1", "pause")]


def test_what_a_living_owner_works_on_is_let_be() -> None:
    room = Room()
    room.host("host1")
    owned(room, pausing(room), "compute:host1:a", 3600)
    room.clock.run(INTERVAL)
    room.conductor().look()
    assert room.hosts.told == []


def test_what_a_host_forgot_is_told_to_it() -> None:
    """Its lease lapsed though it lives."""
    room = Room()
    owned(room, pausing(room), "compute:host1:a")
    room.clock.run(40)
    room.host("host1")
    room.conductor().look()
    assert room.hosts.told == [("host1", "pause")]


def test_what_a_dead_conductor_worked_on_is_gone_on_with() -> None:
    room = Room()
    delete = room.begin(room.server(host=None).uuid, "delete", progress={"target": None})
    owned(room, delete, "conductor:control:dead")
    conductor = room.conductor()
    room.clock.run(20)
    conductor.look()
    assert room.journal(delete).state == "running", "it may be alive yet"
    room.clock.run(20)
    conductor.look()
    assert room.journal(delete).state == "done"


def test_what_a_host_handed_back_and_nobody_heard_is_gone_on_with() -> None:
    room = Room()
    room.host("host1")
    delete = room.begin(room.server().uuid, "delete")
    owned(room, delete, "compute:host1:a")
    room.cell.operations.save(
        room.journal(delete), "compute:host1:a", new_owner="conductor:")
    room.clock.run(INTERVAL)
    room.host("host1")
    room.conductor().look()
    assert room.journal(delete).state == "done" and room.hosts.told == []


@pytest.mark.parametrize("how", ["silent", "forced down"])
def test_what_a_dead_host_should_do_is_ended(how: str) -> None:
    room = Room(service_down_time=60)
    conductor = room.conductor()
    service = room.host("host1")
    pause = pausing(room)
    if how == "forced down":
        room.cell.services.update(service.id, {"forced_down": True})
    for _ in range(2 if how == "forced down" else 12):
        room.clock.run(INTERVAL)
        conductor.look()
    record = room.record(pause.instance_uuid)
    assert (record.vm_state, record.task_state) == ("active", None)
    assert record.fault and "Host host1 does not answer" in record.fault.message


def test_a_conductor_that_has_just_begun_knows_of_no_silence() -> None:
    room = Room(service_down_time=60)
    room.host("host1")
    pause = pausing(room)
    room.clock.run(600 - INTERVAL)
    room.conductor().look()
    assert room.journal(pause).finish_time is None


def test_what_passed_its_deadline_is_ended_wherever_it_is() -> None:
    room = Room()
    pause = pausing(room, deadline=room.clock.now() + timedelta(seconds=20))
    owned(room, pause, "compute:host1:a", 25)
    room.clock.run(30)
    room.host("host1")
    room.conductor().look()
    record = room.record(pause.instance_uuid)
    assert record.vm_state == "error" and record.fault
    assert "did not end in time" in record.fault.message


def test_what_passed_its_deadline_is_left_to_a_lease_that_lasts() -> None:
    room = Room()
    pause = pausing(room, deadline=room.clock.now() + timedelta(seconds=20))
    owned(room, pause, "compute:host1:a", 60)
    room.clock.run(30)
    room.conductor().look()
    assert room.journal(pause).state == "running" and not room.clock.errors


def test_what_is_not_known_here_ends_with_its_deadline() -> None:
    room = Room()
    server = room.server()
    strange = room.operation(
        server.uuid, "fly", deadline=room.clock.now() + timedelta(seconds=5))
    begun = room.cell.operations.begin(strange, _pause_moves())
    room.clock.run(INTERVAL)
    room.conductor().look()
    assert room.journal(begun).state == "failed"
    assert room.record(server.uuid).vm_state == "error"


def _pause_moves() -> Any:
    from nova.servers import BY_KIND

    return BY_KIND["pause"].moves


def test_one_that_cannot_be_ended_does_not_keep_the_others() -> None:
    room = Room()
    deadline = room.clock.now() + timedelta(seconds=5)
    stuck = room.begin(room.server().uuid, "delete", deadline=deadline)
    others = [pausing(room, deadline=deadline) for _ in range(3)]
    room.host("host1")
    room.cell.services.update(room.host("host1").id, {"forced_down": True})
    room.clock.run(INTERVAL)
    conductor = room.conductor()
    real = room.cell.operations.settle

    def settle(operation_id: int, *arguments: Any) -> Any:
        if operation_id == stuck.id:
            raise ZeroDivisionError
        return real(operation_id, *arguments)

    cell = room.stores.cell(CELL1_UUID)
    cell.operations.settle = settle  # type: ignore[method-assign]
    conductor.look()
    assert [room.journal(one).state for one in others] == ["failed"] * 3
    assert room.journal(stuck).state == "running"


def test_a_database_that_does_not_answer_spoils_only_its_part() -> None:
    room = Room()
    pausing(room)
    build = room.asked_for()
    room.clock.run(INTERVAL)
    room.host("host1")

    def stranded(*arguments: Any) -> Any:
        raise DatabaseUnavailable(service="database", reason="away")

    room.stores.api.builds.stranded = stranded  # type: ignore[method-assign]
    room.conductor().look()
    assert room.hosts.told == [("host1", "pause")]
    assert room.scheduler.asked == [] and room.stores.api.builds.get(build.instance_uuid)


def test_creates_that_nobody_was_told_of_are_begun() -> None:
    room = Room()
    build = room.asked_for()
    room.clock.run(INTERVAL)
    room.conductor().look()
    assert room.scheduler.asked == [[build.instance_uuid]]


def test_a_conductor_keeps_what_it_works_on() -> None:
    room = Room()
    build = room.asked_for()
    room.scheduler.before = lambda: room.clock.sleep(100)
    conductor = room.conductor("one")
    conductor.intake.submit(CONTEXT, [build.instance_uuid])
    for _ in range(8):
        room.clock.run(10)
        room.do(conductor.watchdog.renew, seconds=0)
        room.conductor("two").look()
    assert len(room.scheduler.asked) == 1
    room.clock.run(60)
    assert room.stores.api.builds.get(build.instance_uuid) is None


def test_a_look_at_a_quiet_cloud_tells_nobody() -> None:
    room = Room()
    room.server()
    room.clock.run(600)
    room.conductor().look()
    assert room.hosts.told == [] and room.scheduler.asked == []


def test_renewing_outlives_a_database_that_is_away() -> None:
    room = Room()

    def renew(*arguments: Any) -> Any:
        raise Unavailable(service="database", reason="away")

    room.stores.api.builds.renew = renew  # type: ignore[method-assign]
    room.do(room.conductor().watchdog.renew)
    assert not room.clock.errors
