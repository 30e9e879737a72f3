"""Performing operations: claimed, done, settled; whatever happens between."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from nova.compute.performer import Performer
from nova.context import admin_context
from nova.core.action import Action, HostAction, WorkflowAction
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run, Side, Step, Workflow
from nova.errors import NovaError, Unavailable
from nova.objects.server import Operation
from nova.servers import BY_KIND
from nova.virt.contract.errors import AgentNotEnabled, BadGuest, CannotSpawn, HypervisorError
from nova.virt.contract.states import PowerState
from tests.unit.compute.making import OWNER, House


def perform(house: House, performer: Performer, *operations: Operation) -> None:
    for operation in operations:
        performer.submit(admin_context(), operation.id, operation.instance_uuid)
    house.clock.run(1)


def test_an_action_is_done_and_told() -> None:
    house = House()
    server = house.server()
    pause = house.begin(server.uuid, "pause")
    perform(house, house.performer(), pause)
    record, journal = house.record(server.uuid), house.journal(pause)
    assert (record.vm_state, record.task_state, record.power_state) == ("paused", None, 3)
    assert house.guests() == {server.uuid: PowerState.PAUSED}
    assert (journal.state, journal.owner, journal.attempts) == ("done", OWNER, 1)
    (event,) = journal.events
    assert (event.event, event.result, event.host) == ("compute_pause_instance", "Success", "host1")
    assert event.start_time and event.finish_time


def test_a_failure_is_told_with_its_reason() -> None:
    house = House()
    server = house.server()
    pause = house.begin(server.uuid, "pause")
    house.hypervisor.faults.fail("pause", HypervisorError(verb="pause", reason="it is stuck"))
    perform(house, house.performer(), pause)
    record, journal = house.record(server.uuid), house.journal(pause)
    assert (record.vm_state, record.task_state) == ("active", None)
    assert record.fault and record.fault.message == "The hypervisor failed to pause: it is stuck"
    assert (journal.state, journal.message) == ("failed", "Error")
    (event,) = journal.events
    assert (event.result, event.details) == ("Error", record.fault.message)
    assert "HypervisorError" in event.traceback


@pytest.mark.parametrize(("error", "traced"), [
    (HypervisorError(verb="pause", reason="it is stuck"), True), (AgentNotEnabled(), False),
])  # fmt: skip
def test_the_log_of_a_refusal_tells_only_the_reason(
    caplog: pytest.LogCaptureFixture, error: NovaError, traced: bool
) -> None:
    house = House()
    server = house.server()
    house.hypervisor.faults.fail("pause", error)
    perform(house, house.performer(), house.begin(server.uuid, "pause"))
    (told,) = [one for one in caplog.records if "pause of" in one.getMessage()]
    assert told.getMessage() == f"pause of {server.uuid} failed: {error}"
    assert bool(told.exc_info) == traced


def test_an_error_without_a_name_shows_the_user_only_its_kind() -> None:
    house = House()
    server = house.server()
    house.hypervisor.faults.fail("pause", RuntimeError("root's password is 1234"))
    pause = house.begin(server.uuid, "pause")
    perform(house, house.performer(), pause)
    fault = house.record(server.uuid).fault
    assert fault and (fault.code, fault.message) == (500, "RuntimeError")
    assert house.journal(pause).events[0].details == "RuntimeError"


@pytest.mark.parametrize(("kind", "version"), [("fly", "1.0"), ("pause", "2.0")])
def test_what_is_not_known_here_fails_with_a_reason(kind: str, version: str) -> None:
    house = House()
    server = house.server()
    strange = house.begin(server.uuid, kind, version=version)
    perform(house, house.performer(), strange)
    assert house.journal(strange).state == "failed"
    record = house.record(server.uuid)
    assert (record.vm_state, record.task_state) == ("active", None)
    assert record.fault and f"{kind} version {version} is not known" in record.fault.message
    assert house.guests() == {server.uuid: PowerState.RUNNING}


def test_a_server_that_nobody_here_can_build_does_not_stay_in_building() -> None:
    house = House()
    server = house.server(vm_state="building", launched_at=None, guest=None)
    perform(house, house.performer(), house.begin(server.uuid, "create", version="9.0"))
    assert house.record(server.uuid).vm_state == "error"


def test_a_newer_minor_version_is_done() -> None:
    house = House()
    server = house.server()
    pause = house.begin(server.uuid, "pause", version="1.7")
    perform(house, house.performer(), pause)
    assert house.journal(pause).state == "done"


def test_a_doubled_message_changes_nothing() -> None:
    house = House()
    server = house.server()
    house.hypervisor.faults.delay("pause", 5)
    pause = house.begin(server.uuid, "pause")
    performer = house.performer()
    perform(house, performer, pause, pause)
    assert performer.active() == [pause.id]
    house.clock.run(10)
    perform(house, performer, pause)
    assert house.journal(pause).attempts == 1 and performer.active() == []
    assert house.record(server.uuid).vm_state == "paused"


def test_operations_of_one_server_take_turns() -> None:
    house = House()
    server = house.server()
    house.hypervisor.faults.delay("reboot_hard", 30)
    performer = house.performer()
    reboot = house.begin(server.uuid, "reboot-hard")
    perform(house, performer, reboot)
    delete = house.begin(server.uuid, "delete")
    perform(house, performer, delete)
    assert house.guests() and house.journal(delete).owner is None
    house.clock.run(40)
    assert house.guests() == {} and house.record(server.uuid).deleted
    assert house.journal(reboot).state == "done"


def test_it_is_claimed_when_the_conductor_is_back() -> None:
    house = House()
    server = house.server()
    pause = house.begin(server.uuid, "pause")
    performer = house.performer()
    house.store.down.add("claim")
    perform(house, performer, pause)
    house.clock.run(60)
    assert performer.active() == [pause.id] and house.journal(pause).state == "accepted"
    house.store.down.clear()
    house.clock.run(5)
    assert house.journal(pause).state == "done"


def test_it_is_settled_when_the_conductor_is_back() -> None:
    house = House()
    server = house.server()
    pause = house.begin(server.uuid, "pause")
    performer = house.performer()
    house.store.down.add("settle")
    perform(house, performer, pause)
    house.clock.run(60)
    assert house.guests() == {server.uuid: PowerState.PAUSED}
    assert house.record(server.uuid).task_state == "pausing"
    house.store.down.clear()
    house.clock.run(5)
    assert house.record(server.uuid).vm_state == "paused" and performer.active() == []


@pytest.mark.parametrize("lost", ["claim", "settle"])
def test_an_answer_that_was_lost_is_asked_for_again(lost: str) -> None:
    house = House()
    server = house.server()
    pause = house.begin(server.uuid, "pause")
    house.store.late.add(lost)
    perform(house, house.performer(), pause)
    house.clock.run(5)
    assert house.journal(pause).state == "done"
    assert house.record(server.uuid).vm_state == "paused"
    assert house.guests() == {server.uuid: PowerState.PAUSED}


def build_of(house: House, **more: Any) -> tuple[str, Operation]:
    """A server that is to be built here."""
    server = house.server(
        vm_state="building", task_state=None, launched_at=None, power_state=0, guest=None
    )
    progress = {"target": "host1", "interfaces": [], "candidates": [_selection()],
                "candidate": 0, "admin_password": "secret"}
    return server.uuid, house.begin(server.uuid, "create", cursor=1, progress=progress, **more)


def _selection() -> dict[str, Any]:
    from nova.objects.cloud import Selection

    wire: dict[str, Any] = Selection(
        host="host1", node="host1", cell_uuid="cell", availability_zone="nova", allocation={},
        limits={},
    ).obj_to_primitive()
    return wire


def test_a_build_ends_in_a_guest_and_forgets_its_secrets() -> None:
    house = House()
    uuid, build = build_of(house)
    perform(house, house.performer(), build)
    record, journal = house.record(uuid), house.journal(build)
    assert (record.vm_state, record.power_state, record.task_state) == ("active", 1, None)
    assert record.launched_at == house.clock.now() - timedelta(seconds=1)
    assert journal.state == "done" and journal.progress == {} and journal.arguments == {}


def test_a_build_that_fails_here_goes_back_to_the_conductor() -> None:
    house = House()
    uuid, build = build_of(house)
    house.hypervisor.faults.fail("spawn.run", CannotSpawn(uuid=uuid, reason="no power"))
    perform(house, house.performer(), build)
    journal = house.journal(build)
    assert (journal.state, journal.cursor, journal.owner) == ("undoing", 0, "conductor:")
    assert journal.lease_expires_at is None and house.guests() == {}
    (event,) = journal.events
    assert (event.result, event.host) == ("Error", "host1") and "no power" in event.details


def test_a_build_taken_up_again_begins_with_a_clean_table() -> None:
    """The process before died when the guest was half made."""
    house = House()
    uuid, build = build_of(house)
    house.guest(uuid)
    house.cell.operations.claim(
        build.id, "compute:host1:before", house.clock.now(), house.clock.now()
    )
    house.clock.run(1)
    perform(house, house.performer(), build)
    assert house.record(uuid).vm_state == "active" and list(house.guests()) == [uuid]


def test_a_build_whose_server_was_deleted_meanwhile_takes_back_what_it_made() -> None:
    house = House()
    uuid, build = build_of(house)
    house.hypervisor.faults.delay("spawn.run", 20)
    performer = house.performer()
    perform(house, performer, build)
    delete = house.begin(uuid, "delete")
    house.clock.run(30)
    assert house.guests() == {}, "the delete has not even begun"
    assert house.journal(build).state == "done" and house.record(uuid).vm_state == "building"
    perform(house, performer, delete)
    assert house.record(uuid).deleted


def test_a_build_that_was_given_up_removes_its_guest() -> None:
    """The deadline passed while it worked; its settling is refused."""
    house = House()
    _, build = build_of(house)
    house.hypervisor.faults.delay("spawn.run", 20)
    perform(house, house.performer(), build)
    _take_away(house, build)
    house.clock.run(30)
    assert house.guests() == {}
    assert house.journal(build).owner == "conductor:control:1"


def test_an_action_that_was_given_up_leaves_the_guest_alone() -> None:
    house = House()
    server = house.server()
    reboot = house.begin(server.uuid, "reboot-hard")
    house.hypervisor.faults.delay("reboot_hard", 20)
    perform(house, house.performer(), reboot)
    _take_away(house, reboot)
    house.clock.run(30)
    assert house.guests() == {server.uuid: PowerState.RUNNING}


def _take_away(house: House, operation: Operation) -> None:
    """A conductor takes it over, as after the lease."""
    now = house.clock.now()
    house.cell.operations.save(
        house.journal(operation), OWNER, new_owner=""
    )
    house.cell.operations.claim(
        operation.id, "conductor:control:1", now, now + timedelta(minutes=5)
    )


class _Turn(Step):
    """Work of a workflow that changes a server's guest without having made it."""

    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        run.seams.clock.sleep(10)


class _Finish(Step):
    """What the conductor does afterwards."""

    def do(self, run: Run[Any]) -> None:
        raise AssertionError("not on a host")


class Turn(WorkflowAction):
    name = "turn"
    moves = transition(VmState.ACTIVE, via=TaskState.MIGRATING)
    steps: ClassVar[Workflow] = (_Turn(), _Finish())


def test_losing_work_on_a_living_server_does_not_cost_its_guest() -> None:
    house = House()
    server = house.server()
    turn = house.begin(server.uuid, "turn")
    performer = house.performer({**BY_KIND, "turn": Turn()})
    perform(house, performer, turn)
    _take_away(house, turn)
    house.clock.run(20)
    assert house.guests() == {server.uuid: PowerState.RUNNING}


def test_handing_back_twice_does_not_cost_a_guest() -> None:
    house = House()
    server = house.server()
    turn = house.begin(server.uuid, "turn")
    performer = house.performer({**BY_KIND, "turn": Turn()})
    house.store.late.add("hand_back")
    perform(house, performer, turn)
    house.clock.run(30)
    assert house.guests() == {server.uuid: PowerState.RUNNING}
    journal = house.journal(turn)
    assert (journal.owner, journal.cursor, journal.state) == ("conductor:", 1, "running")
    assert house.store.asked.count("hand_back") == 2 and not house.clock.errors


def test_a_process_that_ends_leaves_what_it_could_not_tell_to_the_next() -> None:
    """The guest that was built stays: the answer that was lost may have said that all is well."""
    house = House()
    uuid, build = build_of(house)
    performer = house.performer()
    house.store.late.add("settle")
    house.store.down.add("gone")
    perform(house, performer, build)
    house.store.down.add("settle")
    house.clock.start_task("host", performer.close, 5.0)
    house.clock.run(10)
    assert list(house.guests()) == [uuid] and performer.active() == []
    assert house.record(uuid).vm_state == "active" and not house.clock.errors


def test_a_process_that_ends_takes_no_more() -> None:
    house = House()
    server = house.server()
    performer = house.performer()
    house.clock.start_task("host", performer.close, 5.0)
    house.clock.run(1)
    pause = house.begin(server.uuid, "pause")
    perform(house, performer, pause)
    assert house.journal(pause).state == "accepted" and performer.active() == []


def test_a_delete_waits_for_a_service_that_is_away() -> None:
    house = House()
    server = house.server()
    away = True

    def gate(operation: str) -> None:
        if away and operation.startswith("placement."):
            raise Unavailable(service="placement", reason="away")

    house.placement_state.gate = gate
    delete = house.begin(server.uuid, "delete")
    performer = house.performer()
    perform(house, performer, delete)
    house.clock.run(60)
    assert house.guests() == {} and not house.record(server.uuid).deleted
    assert house.journal(delete).state == "running" and performer.active() == [delete.id]
    away = False
    house.clock.run(5)
    assert house.record(server.uuid).deleted and house.journal(delete).state == "done"


def test_a_delete_that_waited_until_its_deadline_fails_with_the_reason() -> None:
    house = House()
    server = house.server()
    house.placement_state.gate = _no_placement
    delete = house.begin(
        server.uuid, "delete", deadline=house.clock.now() + timedelta(seconds=30)
    )
    perform(house, house.performer(), delete)
    house.clock.run(60)
    record = house.record(server.uuid)
    assert (record.vm_state, record.task_state) == ("error", None)
    assert record.fault and "placement" in record.fault.message


def _no_placement(operation: str) -> None:
    raise Unavailable(service="placement", reason="away")


def test_a_process_that_ends_does_not_fail_a_delete_that_waits() -> None:
    house = House()
    server = house.server()
    house.placement_state.gate = _no_placement
    delete = house.begin(server.uuid, "delete")
    performer = house.performer()
    perform(house, performer, delete)
    house.clock.start_task("host", performer.close, 10.0)
    house.clock.run(20)
    assert house.journal(delete).state == "running" and performer.active() == []
    assert house.record(server.uuid).vm_state == "active"


class Clumsy(HostAction):
    """Fails, and fails to say in what state it left the server."""

    name = "clumsy"
    moves = transition(VmState.ACTIVE, via=TaskState.PAUSING)

    def on_host(self, run: Run[Any]) -> None:
        raise NovaError()

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        raise NovaError()


def test_an_action_that_does_not_know_how_it_failed_leaves_an_error() -> None:
    house = House()
    server = house.server()
    actions: dict[str, Action] = {"clumsy": Clumsy()}
    perform(house, house.performer(actions), house.begin(server.uuid, "clumsy"))
    assert house.record(server.uuid).vm_state == "error"


def test_no_more_than_so_many_at_once() -> None:
    house = House(max_concurrent_builds=1)
    house.hypervisor.faults.delay("pause", 10)
    servers = [house.server() for _ in range(3)]
    performer = house.performer()
    perform(house, performer, *[house.begin(one.uuid, "pause") for one in servers])
    house.clock.run(10)
    states = sorted(str(house.record(one.uuid).vm_state) for one in servers)
    assert states == ["active", "paused", "paused"]
    house.clock.run(20)
    assert performer.active() == []


def test_progress_is_shown_as_far_as_somebody_listens() -> None:
    house = House()
    uuid, build = build_of(house)
    house.hypervisor.faults.delay("spawn", 10)
    performer = house.performer()
    perform(house, performer, build)
    assert house.record(uuid).task_state == "spawning"
    house.store.down.add("progress")
    other, second = build_of(house)
    perform(house, performer, second)
    house.clock.run(30)
    assert {house.record(one).vm_state for one in (uuid, other)} == {"active"}




def test_builds_that_this_host_fails_are_counted_until_one_succeeds() -> None:
    house = House()
    performer = house.performer()
    for error in (CannotSpawn(uuid="x", reason="no power"), BadGuest(uuid="x", reason="odd"), None):
        if error:
            house.hypervisor.faults.fail("spawn.run", error)
        _, build = build_of(house)
        perform(house, performer, build)
        assert performer.failed_builds == (1 if error else 0)
