"""From accepted creates to servers in cells, whoever dies on the way."""

from datetime import timedelta
from unittest import mock

import pytest

from nova.conductor.intake import BuildGivenUp, NotRecorded
from nova.errors import NovaError, RemoteFailure, Unavailable
from nova.objects.cloud import CELL0_UUID, BuildRequest
from nova.objects.placing import NoValidHost
from nova.objects.store.errors import InstanceNotFound
from tests.stores import CELL1_UUID
from tests.unit.conductor.making import CONTEXT, Conductor, Died, Room

# More seconds than a lease and a look of the watchdog.
A_WHILE = 60


def placed(room: Room, build: BuildRequest) -> None:
    """It lives in its cell with one create, told to its host, and nothing else is left of it."""
    uuid = build.instance_uuid
    assert room.stores.api.mappings.get(uuid).cell_uuid == CELL1_UUID
    assert room.stores.api.builds.get(uuid) is None
    server = room.record(uuid)
    assert (server.host, server.node, server.vm_state, server.deleted) == (
        "host1", "host1", "building", False)
    (create,) = room.cell.operations.of_instance(uuid)
    assert (create.kind, create.state, create.cursor) == ("create", "accepted", 1)
    assert create.progress["target"] == "host1" and len(create.progress["candidates"]) == 2
    assert create.request_id == build.request_id and create.deadline == build.deadline
    assert uuid in room.held()


def buried(room: Room, build: BuildRequest) -> NovaError:
    """It lies in cell0 in error, holds nothing, and says why."""
    uuid = build.instance_uuid
    assert room.stores.api.mappings.get(uuid).cell_uuid == CELL0_UUID
    assert room.stores.api.builds.get(uuid) is None
    server = room.cell0.instances.get(uuid)
    assert (server.vm_state, server.task_state, server.host) == ("error", None, None) or (
        not server.known("host"))
    (create,) = room.cell0.operations.of_instance(uuid)
    assert (create.state, create.message, create.progress) == ("failed", "Error", {})
    assert uuid not in room.held()
    return server.fault


def test_a_create_finds_its_cell() -> None:
    room = Room()
    build = room.asked_for()
    room.conductor().build(build)
    placed(room, build)
    assert room.hosts.told == [("host1", "create")]


def test_servers_of_one_request_are_placed_together() -> None:
    room = Room()
    builds = [room.asked_for(), room.asked_for(), room.asked_for(request_id="req-2")]
    room.conductor().build(*builds)
    uuids = [one.instance_uuid for one in builds]
    assert room.scheduler.asked == [uuids[:2], uuids[2:]]
    for build in builds:
        placed(room, build)


def test_no_alternates_when_nothing_is_to_be_tried_again() -> None:
    room = Room(scheduler__max_attempts=1)
    build = room.asked_for()
    room.conductor().build(build)
    (create,) = room.cell.operations.of_instance(build.instance_uuid)
    assert len(create.progress["candidates"]) == 1


def test_a_create_that_is_told_twice_is_worked_on_once() -> None:
    room = Room()
    build = room.asked_for()
    room.scheduler.before = lambda: room.clock.sleep(10)
    conductor = room.conductor()
    for _ in range(2):
        conductor.intake.submit(CONTEXT, [build.instance_uuid])
    room.clock.run(1)
    assert conductor.intake.active() == [build.instance_uuid]
    room.clock.run(15)
    assert len(room.scheduler.asked) == 1 and conductor.intake.active() == []
    placed(room, build)


def test_two_conductors_that_are_told_work_on_it_once() -> None:
    room = Room()
    build = room.asked_for()
    room.scheduler.before = lambda: room.clock.sleep(5)
    for name in ("one", "two"):
        room.conductor(name).intake.submit(CONTEXT, [build.instance_uuid])
    room.clock.run(20)
    assert len(room.scheduler.asked) == 1
    placed(room, build)


def test_a_scheduler_that_is_away_is_waited_for() -> None:
    room = Room()
    build = room.asked_for()
    conductor = room.conductor()
    away = iter([True, True, False])

    def before() -> None:
        if next(away):
            raise Unavailable(service="scheduler", reason="away")

    room.scheduler.before = before
    conductor.intake.submit(CONTEXT, [build.instance_uuid])
    room.clock.run(1)
    assert room.stores.api.builds.get(build.instance_uuid) is not None
    for _ in range(3):
        room.clock.run(A_WHILE)
        conductor.look()
    placed(room, build)
    assert len(room.scheduler.asked) == 3


def test_no_host_is_told_with_what_each_lacked() -> None:
    room = Room()
    builds = [room.asked_for(), room.asked_for()]

    def before() -> None:
        raise NoValidHost(reason="There are not enough hosts available.", explanations=[
            {"host": "host1", "node": "host1", "check": "VCPU", "reason": "too few",
             "asked": 4, "free": 2}])

    room.scheduler.before = before
    room.conductor().build(*builds)
    for build in builds:
        fault = buried(room, build)
        assert fault.message == (
            "No valid host was found. There are not enough hosts available.")
        assert fault.code == 500 and fault.details == "host1: VCPU: too few (asked 4, free 2)"
        (event,) = room.cell0.operations.by_request(build.instance_uuid, "req-1").events
        assert (event.event, event.result) == ("conductor_schedule_and_build_instances", "Error")
    assert room.hosts.told == []


def test_a_scheduler_that_stumbles_is_no_secret_and_no_loop() -> None:
    room = Room()
    build = room.asked_for()

    def before() -> None:
        raise RemoteFailure(kind="KeyError", reason="/etc/secret")

    room.scheduler.before = before
    room.conductor().build(build)
    assert buried(room, build).message == "KeyError"


def test_a_create_that_was_cancelled_before_anybody_looked() -> None:
    room = Room()
    build = room.asked_for()
    room.stores.api.builds.cancel(build.instance_uuid)
    room.conductor().build(build)
    assert room.scheduler.asked == [] and room.held() == set()


def test_a_create_that_is_cancelled_while_hosts_are_chosen_leaves_nothing() -> None:
    room = Room()
    build = room.asked_for()
    room.scheduler.after = lambda: room.stores.api.builds.cancel(build.instance_uuid)
    room.conductor().build(build)
    assert room.held() == set() and room.hosts.told == []
    assert room.record(build.instance_uuid).deleted
    (create,) = room.cell.operations.of_instance(build.instance_uuid)
    assert create.state == "failed"
    assert room.stores.api.mappings.get(build.instance_uuid).queued_for_delete


def test_a_create_that_is_cancelled_before_it_is_buried_leaves_nothing() -> None:
    room = Room()
    build = room.asked_for()

    def before() -> None:
        room.stores.api.builds.cancel(build.instance_uuid)
        raise NoValidHost(reason="None.")

    room.scheduler.before = before
    room.conductor().build(build)
    with pytest.raises(InstanceNotFound):
        room.cell0.instances.get(build.instance_uuid)


def test_a_create_is_given_up_after_so_many_attempts() -> None:
    room = Room(journal__max_attempts=2)
    build = room.asked_for()
    room.scheduler.before = _die
    for number in range(3):
        room.conductor(str(number)).build(build)
        room.clock.run(A_WHILE)
    assert len(room.scheduler.asked) == 2
    fault = buried(room, build)
    assert fault.message == BuildGivenUp(instance_uuid=build.instance_uuid).message


def test_a_create_past_its_deadline_is_not_begun() -> None:
    room = Room()
    late = room.asked_for(deadline=room.clock.now() + timedelta(seconds=5))
    other = room.asked_for()
    room.clock.run(10)
    room.conductor().build(late, other)
    buried(room, late)
    placed(room, other)


def _die() -> None:
    raise Died


# A conductor dies, another one finds the build request once its lease has lapsed.


def dies_choosing(room: Room, first: Conductor, build: BuildRequest) -> None:
    room.scheduler.before = _die
    first.build(build)
    room.scheduler.before = lambda: None


def dies_with_the_answer(room: Room, first: Conductor, build: BuildRequest) -> None:
    room.scheduler.after = _die
    first.build(build)
    room.scheduler.after = lambda: None


def dies_before_turning_the_mapping(room: Room, first: Conductor, build: BuildRequest) -> None:
    with mock.patch.object(room.stores.api.builds, "place", side_effect=Died):
        first.build(build)


@pytest.mark.parametrize(
    "death", [dies_choosing, dies_with_the_answer, dies_before_turning_the_mapping]
)
def test_another_conductor_goes_on(death: object) -> None:
    room = Room()
    build = room.asked_for()
    death(room, room.conductor("first"), build)  # type: ignore[operator]
    assert len(room.died) == 1 and room.hosts.told == []
    second = room.conductor("second")
    second.look()
    assert room.hosts.told == [], "it may be alive yet"
    room.clock.run(A_WHILE)
    second.look()
    placed(room, build)
    assert set(room.hosts.told) == {("host1", "create")}


def test_a_death_before_the_host_was_told_is_the_watchdog_s() -> None:
    room = Room()
    room.host("host1")
    build = room.asked_for()
    room.hosts.then = _die
    room.conductor("first").build(build)
    room.hosts.then = lambda: None
    placed(room, build)
    room.clock.run(A_WHILE)
    room.host("host1")
    room.hosts.told.clear()
    room.conductor("second").look()
    assert room.hosts.told == [("host1", "create")]


def test_a_burial_that_was_interrupted_is_finished() -> None:
    room = Room()
    build = room.asked_for()
    room.scheduler.before = _no_host
    with mock.patch.object(room.stores.api.builds, "place", side_effect=Died):
        room.conductor("first").build(build)
    room.clock.run(A_WHILE)
    room.conductor("second").look()
    assert "No valid host" in buried(room, build).message
    assert len(room.scheduler.asked) == 1, "what is decided is not decided again"


def _no_host() -> None:
    raise NoValidHost(reason="None.")


def test_a_server_that_was_written_by_a_dead_conductor_and_cancelled_goes() -> None:
    room = Room()
    room.host("host1")
    build = room.asked_for()
    dies_before_turning_the_mapping(room, room.conductor("first"), build)
    assert room.stores.api.builds.cancel(build.instance_uuid)
    room.clock.run(A_WHILE)
    room.host("host1")
    room.conductor("second").look()
    assert ("host1", "delete") in room.hosts.told


def test_one_that_ends_takes_no_more() -> None:
    room = Room()
    build = room.asked_for()
    conductor = room.conductor()
    room.do(conductor.intake.close, 5.0)
    conductor.intake.submit(CONTEXT, [build.instance_uuid])
    room.clock.run(5)
    assert room.scheduler.asked == [] and conductor.intake.active() == []


def test_a_server_that_no_database_takes_ends_in_error() -> None:
    """Its user is told; the others of its request are not kept waiting."""
    room = Room()
    impossible = room.asked_for(launch_index=2**70)
    other = room.asked_for()
    room.conductor().build(impossible, other)
    fault = buried(room, impossible)
    assert fault.message == NotRecorded(instance_uuid=impossible.instance_uuid).message
    placed(room, other)
