"""The conductor's side of operations."""

from datetime import timedelta
from typing import Any

import pytest

from nova.clients.network.contract import PortDraft
from nova.clients.network.memory import NetworkMemory
from nova.errors import Unavailable
from nova.objects.server import Operation
from nova.servers.errors import DeadlinePassed, HostDown
from tests.stores import CELL1_UUID
from tests.unit.conductor.making import CONTEXT, Conductor, Room, selections


def building(room: Room, *hosts: str, **more: Any) -> Operation:
    """A create whose first host has its turn."""
    server = room.server(vm_state="building", task_state=None, launched_at=None, node="host1")
    room.claim(server.uuid)
    progress = {"target": "host1", "interfaces": [], "security_groups": [], "candidate": 0,
                "candidates": [one.obj_to_primitive() for one in selections(*hosts)]}
    return room.begin(server.uuid, "create", cursor=1, progress=progress, **more)


def end(room: Room, conductor: Conductor, operation: Operation, error: Any) -> None:
    conductor.runner.submit_end(CELL1_UUID, operation.id, error)
    room.clock.run(1)


def resume(room: Room, conductor: Conductor, operation: Operation) -> None:
    conductor.runner.submit(CONTEXT, CELL1_UUID, operation.id)
    room.clock.run(1)


def test_a_build_of_a_dead_host_goes_to_the_next() -> None:
    room = Room()
    build = building(room, "host1", "host2")
    end(room, room.conductor(), build, HostDown(host="host1"))
    journal, server = room.journal(build), room.record(build.instance_uuid)
    assert (journal.state, journal.cursor, journal.owner) == ("running", 1, None)
    assert (journal.progress["target"], journal.progress["candidate"]) == ("host2", 1)
    assert (server.host, server.node, server.vm_state) == ("host2", "host2", "building")
    assert room.hosts.told == [("host2", "create")] and build.instance_uuid in room.held()


def test_a_build_without_another_host_ends() -> None:
    room = Room()
    build = building(room, "host1")
    end(room, room.conductor(), build, HostDown(host="host1"))
    journal, server = room.journal(build), room.record(build.instance_uuid)
    assert journal.state == "failed" and (server.vm_state, server.host) == ("error", None)
    assert server.fault and server.fault.message.startswith("Exceeded maximum number of retries")
    assert "host1: Host host1 does not answer" in (server.fault.details or "")
    assert room.held() == set() and room.hosts.told == []


def test_a_build_past_its_deadline_is_not_tried_elsewhere() -> None:
    room = Room()
    build = building(room, "host1", "host2")
    end(room, room.conductor(), build, DeadlinePassed(deadline="noon"))
    server = room.record(build.instance_uuid)
    assert (server.vm_state, server.host) == ("error", None)
    assert server.fault and server.fault.message == DeadlinePassed(deadline="noon").message
    assert room.hosts.told == [] and room.held() == set()


def test_a_deadline_ends_also_what_was_turning_round_to_try_again() -> None:
    room = Room()
    build = building(room, "host1", "host2")
    wire = {"kind": "nova.errors:RemoteFailure", "gaps": {"kind": "KeyError", "reason": "x"}}
    owner = "compute:host1:a"
    claimed, _ = room.cell.operations.claim(
        build.id, owner, room.clock.now(), room.clock.now() + timedelta(seconds=30))
    room.cell.operations.save(claimed, owner, state="undoing", cursor=0, new_owner="conductor:",
                              progress={**build.progress, "error": wire, "retry": True})
    end(room, room.conductor(), build, DeadlinePassed(deadline="noon"))
    assert room.record(build.instance_uuid).vm_state == "error" and room.hosts.told == []


def test_an_alternate_that_is_full_is_passed_over() -> None:
    room = Room()
    build = building(room, "host1", "host2", "host3")
    full = iter([True])

    def gate(operation: str) -> None:
        if operation == "placement.claim" and next(full, False):
            from nova.clients.placement.contract import NotEnoughRoom

            raise NotEnoughRoom(consumer_id="it", reason="full")

    room.placement_state.gate = gate
    end(room, room.conductor(), build, HostDown(host="host1"))
    assert room.record(build.instance_uuid).host == "host3"
    assert room.journal(build).progress["refusals"] == [
        "host1: Host host1 does not answer; the operation was given up.",
        "host2: Cannot allocate for it: full"]


def test_a_server_in_error_holds_nothing_even_if_it_takes_time() -> None:
    room = Room()
    build = building(room, "host1")
    away = True

    def gate(operation: str) -> None:
        if away:
            raise Unavailable(service="placement", reason="away")

    room.placement_state.gate = gate
    conductor = room.conductor()
    end(room, conductor, build, HostDown(host="host1"))
    assert room.journal(build).finish_time is None and room.held()
    away = False
    room.clock.run(60)
    end(room, conductor, build, HostDown(host="host1"))
    assert room.record(build.instance_uuid).vm_state == "error" and room.held() == set()


def test_what_a_host_could_not_undo_the_conductor_does() -> None:
    room = Room()
    build = building(room, "host1")
    owner = "compute:host1:a"
    net = room.network_state.add_network("project-1", "net", "10.0.0.0/24")
    draft = PortDraft(net.id, "project-1", build.instance_uuid, "compute:nova", host="host1")
    NetworkMemory(room.network_state).ports.create(CONTEXT, [draft])
    wire = {"kind": "nova.errors:RemoteFailure", "gaps": {"kind": "KeyError", "reason": "x"}}
    claimed, _ = room.cell.operations.claim(
        build.id, owner, room.clock.now(), room.clock.now() + timedelta(seconds=30))
    progress = {**build.progress, "error": wire, "retry": True,
                "interfaces": [{"network_id": net.id}], "undo_failed": ["AllocateNetworks"]}
    room.cell.operations.save(
        claimed, owner, state="undoing", cursor=0, new_owner="conductor:", progress=progress)
    resume(room, room.conductor(), build)
    assert room.record(build.instance_uuid).vm_state == "error"
    assert room.network_state.ports == {} and room.held() == set()


def test_what_cannot_be_undone_at_all_does_not_keep_it_from_its_end() -> None:
    room = Room()
    build = building(room, "host1", deadline=room.clock.now() + timedelta(seconds=30))

    def gate(operation: str) -> None:
        raise Unavailable(service="placement", reason="away")

    room.placement_state.gate = gate
    room.clock.run(40)
    end(room, room.conductor(), build, DeadlinePassed(deadline="noon"))
    assert room.record(build.instance_uuid).vm_state == "error"


def deleting(room: Room, **more: Any) -> Operation:
    server = room.server()
    room.claim(server.uuid)
    return room.begin(server.uuid, "delete", **more)


def test_a_delete_of_a_dead_host_is_finished_without_it() -> None:
    room = Room()
    delete = deleting(room)
    end(room, room.conductor(), delete, HostDown(host="host1"))
    assert room.record(delete.instance_uuid).deleted and room.held() == set()
    assert room.journal(delete).state == "done"


def test_a_delete_without_a_host_is_the_conductor_s() -> None:
    room = Room()
    delete = deleting(room, progress={"target": None})
    resume(room, room.conductor(), delete)
    assert room.record(delete.instance_uuid).deleted and room.held() == set()


def test_a_delete_waits_for_a_service_that_is_away() -> None:
    room = Room()
    delete = deleting(room, progress={"target": None})
    away = True

    def gate(operation: str) -> None:
        if away:
            raise Unavailable(service="placement", reason="away")

    room.placement_state.gate = gate
    conductor = room.conductor()
    resume(room, conductor, delete)
    assert room.journal(delete).state == "running" and not room.clock.errors
    assert conductor.runner.active(CELL1_UUID) == []
    away = False
    room.clock.run(60)
    conductor.look()
    assert room.record(delete.instance_uuid).deleted


def test_a_delete_past_its_deadline_ends_in_an_error_with_a_reason() -> None:
    room = Room()
    delete = deleting(room)
    end(room, room.conductor(), delete, DeadlinePassed(deadline="noon"))
    server = room.record(delete.instance_uuid)
    assert (server.vm_state, server.task_state, server.deleted) == ("error", None, False)
    assert server.fault and "did not end in time" in server.fault.message


def test_work_of_one_host_is_given_to_it_and_not_kept() -> None:
    """Whoever asked the conductor: the host can claim at once."""
    room = Room()
    pause = room.begin(room.server().uuid, "pause")
    resume(room, room.conductor(), pause)
    journal = room.journal(pause)
    assert (journal.owner, journal.lease_expires_at) == (None, None)
    assert room.hosts.told == [("host1", "pause")]


def test_work_of_a_host_that_there_is_not_fails_at_once() -> None:
    room = Room()
    server = room.server(host=None)
    pause = room.begin(server.uuid, "pause", progress={"target": None})
    resume(room, room.conductor(), pause)
    record = room.record(server.uuid)
    assert (record.vm_state, record.task_state) == ("active", None)
    assert record.fault and record.fault.message == f"Instance {server.uuid} is not ready"


@pytest.mark.parametrize(
    ("error", "vm_state"),
    [(HostDown(host="host1"), "active"), (DeadlinePassed(deadline="noon"), "error")],
)
def test_work_of_a_host_that_will_not_finish_it(error: Any, vm_state: str) -> None:
    room = Room()
    pause = room.begin(room.server().uuid, "pause")
    end(room, room.conductor(), pause, error)
    record = room.record(pause.instance_uuid)
    assert (record.vm_state, record.task_state) == (vm_state, None)
    assert record.fault and record.fault.message == error.message
    assert room.journal(pause).message == "Error"


def test_what_somebody_works_on_is_left_alone() -> None:
    room = Room()
    build = building(room, "host1", "host2")
    room.cell.operations.claim(
        build.id, "compute:host1:a", room.clock.now(), room.clock.now() + timedelta(seconds=30))
    end(room, room.conductor(), build, HostDown(host="host1"))
    assert room.journal(build).owner == "compute:host1:a" and not room.clock.errors


def test_of_two_conductors_one_goes_on() -> None:
    room = Room()
    build = building(room, "host1", "host2")
    one, two = room.conductor("one"), room.conductor("two")
    for conductor in (one, two):
        conductor.runner.submit_end(CELL1_UUID, build.id, HostDown(host="host1"))
    room.clock.run(1)
    assert set(room.hosts.told) == {("host2", "create")}, "it is given up once"
    assert room.record(build.instance_uuid).host == "host2" and not room.clock.errors


def test_a_database_that_is_away_costs_no_task() -> None:
    room = Room()
    pause = room.begin(room.server().uuid, "pause")
    conductor = room.conductor()

    def claim(*arguments: Any, **named: Any) -> Any:
        raise Unavailable(service="database", reason="away")

    conductor.runner.claim = claim  # type: ignore[method-assign]
    resume(room, conductor, pause)
    assert conductor.runner.active(CELL1_UUID) == [] and not room.clock.errors


def test_one_that_ends_takes_no_more() -> None:
    room = Room()
    pause = room.begin(room.server().uuid, "pause")
    conductor = room.conductor()
    room.do(conductor.runner.close, 5.0)
    resume(room, conductor, pause)
    assert room.journal(pause).owner is None and room.hosts.told == []
