"""What a compute host may keep and ask: straight at its cell, and by messages to a conductor."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from nova.conductor.departed import gone, outlived
from nova.conductor.relay import HostRelay
from nova.core.clock import RealClock
from nova.core.states import OperationState, TaskState, VmState, transition
from nova.db.host import SqlHostStore
from nova.objects.host import Service
from nova.objects.server import Event, Operation
from nova.objects.store import HostStore
from nova.objects.store.errors import OperationLost, StateConflict
from nova.rpc.contract import CONDUCTOR, Address
from nova.rpc.inprocess import InProcessBus
from nova.rpc.relay import RelayedHostStore
from tests import records
from tests.stores import CELL1_UUID, memory_stores

HOST = "host1"
OWNER = "compute:host1:now"
STOP = transition(VmState.ACTIVE, via=TaskState.POWERING_OFF, to=VmState.STOPPED)
LEASE = timedelta(seconds=30)


class Runner:
    """Hears what the conductor is to go on with."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def submit(self, context: Any, cell_uuid: str, operation_id: int) -> None:
        self.told.append((cell_uuid, operation_id))


class Straight(SqlHostStore):
    """What the process that has all databases does itself."""

    def __init__(self, stores: Any) -> None:
        super().__init__(stores.cell(CELL1_UUID), LEASE, timedelta(seconds=-5))
        self._stores = stores

    def gone(self, instance_uuids: Any) -> list[str]:
        return gone(self._stores, instance_uuids)

    def outlived(self, host: str, instance_uuids: Any, *, building: bool = True) -> list[str]:
        since = self.service(host).created_at
        return outlived(self._stores, CELL1_UUID, host, since, instance_uuids, building)


class World:
    def __init__(self, kind: str) -> None:
        self.stores = memory_stores()
        self.cell = self.stores.cell(CELL1_UUID)
        self.runner = Runner()
        straight = Straight(self.stores)
        self.store: HostStore = straight
        if kind == "relayed":
            bus = InProcessBus(RealClock(), timeout=10.0)
            relay = HostRelay(
                self.stores, lambda host: (CELL1_UUID, straight), self.runner,  # type: ignore[arg-type]
                enable_new=True,
            )
            self.serving = bus.serve(Address(CONDUCTOR, "control"), relay)
            self.store = RelayedHostStore(bus, HOST)

    def server(self, **more: Any) -> Any:
        values = {"host": HOST, "vm_state": "active", "task_state": None}
        server = records.instance(**{**values, **more})
        self.stores.api.builds.record(
            [(records.build_request(server), records.request_spec(server.uuid))])
        done = records.operation(server.uuid, state="done", finish_time=records.now())
        self.cell.operations.create(server, done)
        self.stores.api.builds.place(server.uuid, CELL1_UUID)
        return self.cell.instances.get(server.uuid)

    def begun(self, uuid: str, **more: Any) -> Operation:
        operation = records.operation(uuid, "stop", progress={"target": HOST, "n": [1]}, **more)
        return self.cell.operations.begin(operation, STOP)

    def register(self) -> Any:
        service = Service(host=HOST, binary="nova-compute", topic="compute", version=1)
        return self.store.start(service, [records.compute_node(HOST)], OWNER)


@pytest.fixture(params=["straight", "relayed"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(request.param)
    yield made
    if request.param == "relayed":
        made.serving.stop()


@pytest.fixture
def store(world: World) -> HostStore:
    return world.store


def test_a_host_starts(world: World) -> None:
    server = world.server()
    operation = world.begun(server.uuid)
    world.store.claim(operation.id, "compute:host1:before")
    service, nodes, instances, operations = world.register()
    assert (service.host, service.binary) == (HOST, "nova-compute")
    assert [one.hypervisor_hostname for one in nodes] == [HOST] and nodes[0].id
    assert [one.uuid for one in instances] == [server.uuid]
    assert instances[0].flavor.extra_specs == server.flavor.extra_specs
    (found,) = operations
    assert (found.id, found.owner, found.progress) == (operation.id, None, operation.progress)


def test_a_report_tells_what_waits(world: World) -> None:
    world.register()
    waiting, working = world.begun(world.server().uuid), world.begun(world.server().uuid)
    claimed, _ = world.store.claim(working.id, OWNER)
    told = world.store.report(HOST, OWNER, [working.id])
    assert told == [(waiting.id, waiting.instance_uuid)]
    renewed = world.cell.operations.get(working.id).lease_expires_at
    assert renewed and claimed.lease_expires_at and renewed >= claimed.lease_expires_at
    assert world.store.service(HOST).last_seen_up is not None


def test_the_service_is_as_operators_left_it(world: World) -> None:
    service, *_ = world.register()
    world.cell.services.update(service.id, {"disabled": True, "forced_down": True})
    found = world.store.service(HOST)
    assert (found.disabled, found.forced_down) == (True, True)


def test_nodes_are_reported(world: World) -> None:
    world.register()
    world.store.report_nodes([records.compute_node(HOST, vcpus_used=5, stats={"a": "1"})])
    (node,) = world.cell.nodes.find(host=HOST)
    assert (node.vcpus_used, node.stats) == (5, {"a": "1"})


def test_an_operation_is_claimed_with_columns(world: World, store: HostStore) -> None:
    operation = world.begun(world.server().uuid)
    claimed, server = store.claim(operation.id, OWNER, {"task_state": "spawning"})
    assert (claimed.owner, claimed.attempts, claimed.state) == (OWNER, 1, "running")
    assert claimed.progress == operation.progress and server.task_state == "spawning"
    with pytest.raises(OperationLost):
        store.claim(operation.id, "compute:host2:now")


def test_progress_is_shown(world: World, store: HostStore) -> None:
    operation = world.begun(world.server().uuid)
    claimed, _ = store.claim(operation.id, OWNER)
    store.progress(claimed, OWNER, {"task_state": "spawning"})
    for _ in range(500):
        if world.cell.instances.get(operation.instance_uuid).task_state == "spawning":
            return
        RealClock().sleep(0.02)
    raise AssertionError("nobody sees it")


def test_an_end_is_settled_once(world: World, store: HostStore) -> None:
    operation = world.begun(world.server().uuid)
    claimed, _ = store.claim(operation.id, OWNER)
    when = records.now().replace(microsecond=0)
    event = Event(event="compute_stop_instance", start_time=when, finish_time=when,
                  result="Success", traceback=None, host=HOST, details=None)
    outcome = records.outcome(instance={"vm_state": "stopped", "launched_at": when},
                              events=[event], network_info=[])
    assert store.settle(claimed, OWNER, outcome) is True
    assert store.settle(claimed, OWNER, outcome) is True
    server, journal = (world.cell.instances.get(operation.instance_uuid),
                       world.cell.operations.get(operation.id))
    assert (server.vm_state, server.task_state, server.launched_at) == ("stopped", None, when)
    assert (journal.state, journal.progress, len(journal.events)) == ("done", {}, 1)
    with pytest.raises(OperationLost):
        store.settle(claimed, "compute:host2:now", outcome)


def test_an_outcome_is_not_kept_once_the_server_was_taken(
    world: World, store: HostStore
) -> None:
    operation = world.begun(world.server().uuid)
    claimed, _ = store.claim(operation.id, OWNER)
    taking = transition(via=TaskState.DELETING, tasks=None)
    world.cell.operations.begin(records.operation(operation.instance_uuid, "delete"), taking)
    assert store.settle(claimed, OWNER, records.outcome(instance={"vm_state": "stopped"})) is False
    assert world.cell.instances.get(operation.instance_uuid).vm_state == "active"


def test_a_part_is_handed_back(world: World, store: HostStore) -> None:
    operation = world.begun(world.server().uuid)
    claimed, _ = store.claim(operation.id, OWNER)
    claimed.cursor, claimed.state = 2, OperationState.UNDOING.value
    claimed.progress = {"target": HOST, "error": {"kind": "x", "gaps": {}}}
    store.hand_back(claimed, OWNER, records.outcome(instance={"power_state": 4}))
    journal = world.cell.operations.get(operation.id)
    assert (journal.owner, journal.cursor, journal.state) == ("conductor:", 2, "undoing")
    assert journal.progress == claimed.progress and journal.lease_expires_at is None
    assert world.cell.instances.get(operation.instance_uuid).power_state == 4
    with pytest.raises(OperationLost):
        store.hand_back(claimed, OWNER, records.outcome())
    if isinstance(store, RelayedHostStore):
        assert world.runner.told == [(CELL1_UUID, operation.id)]


def test_servers_of_the_host(world: World, store: HostStore) -> None:
    mine = {world.server().uuid for _ in range(3)}
    world.server(host="host2")
    assert {one.uuid for one in store.instances(HOST)} == mine


def test_what_is_gone_and_what_never_was(world: World, store: HostStore) -> None:
    here, dead = world.server().uuid, world.server().uuid
    world.cell.operations.discard(dead)
    assert store.gone([here, dead, records.new_uuid()]) == [dead]
    assert store.gone([]) == []


def test_what_a_guest_here_has_outlived(world: World, store: HostStore) -> None:
    old = world.server(host="host2", created_at=None).uuid
    world.cell.instances.update(old, {"created_at": records.now() - timedelta(days=1)})
    world.register()
    here, dead, moved = (world.server().uuid, world.server().uuid,
                         world.server(host="host2").uuid)
    world.cell.operations.discard(dead)
    coming = world.server(host="host2", vm_state="building", task_state="spawning").uuid
    asked = [old, here, dead, moved, coming, records.new_uuid()]
    assert store.outlived(HOST, asked) == sorted([dead, moved, coming])
    assert store.outlived(HOST, asked, building=False) == sorted([dead, moved])


def test_a_server_is_changed_unless_it_changed(world: World, store: HostStore) -> None:
    server = world.server()
    store.update_instance(server.uuid, {"power_state": 4}, {"task_state": None})
    assert world.cell.instances.get(server.uuid).power_state == 4
    world.begun(server.uuid)
    with pytest.raises(StateConflict):
        store.update_instance(server.uuid, {"power_state": 1}, {"task_state": None})
    store.update_instance(server.uuid, {"power_state": 1})
    assert world.cell.instances.get(server.uuid).power_state == 1


def test_a_host_begins_what_it_found_to_be_done(world: World, store: HostStore) -> None:
    server = world.server()
    operation = records.operation(server.uuid, "stop", kind="os-stop", progress={"target": HOST})
    moment = records.now().replace(microsecond=0)
    begun = store.begin(operation, STOP, {"progress": 7, "terminated_at": moment})
    assert (begun.action, begun.kind, begun.state) == ("stop", "os-stop", OperationState.ACCEPTED)
    found = world.cell.instances.get(server.uuid)
    assert (found.task_state, found.progress) == (TaskState.POWERING_OFF, 7)
    assert found.terminated_at == moment
    assert store.claim(begun.id, OWNER)[0].id == begun.id
    with pytest.raises(StateConflict):
        store.begin(operation, STOP, {})
