"""What a host does by itself."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from nova.clients.network.contract import (
    Interface,
    PortChange,
    PortDraft,
    Wiring,
    vifs_from_json,
    vifs_to_json,
)
from nova.clients.network.memory import NetworkMemory
from nova.clients.placement.contract import Allocation, Consumer, Inventory
from nova.compute.external_events import ExternalEvents
from nova.compute.upkeep import claims, networks, power_states, reclaim, rescued, strays
from nova.compute.upkeep.own_work import OwnWork
from nova.context import admin_context
from nova.core.states import PowerState, VmState
from nova.objects.cloud import CELL0_UUID
from nova.servers import BY_KIND
from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.states import PowerState as GuestState
from tests import records
from tests.unit.compute.making import House

CONTEXT = admin_context()

# (what the record says, what the guest does): such a server is to be stopped.
STOPPED = {
    *((VmState.ACTIVE, seen) for seen in (
        PowerState.SHUTDOWN, PowerState.CRASHED, PowerState.SUSPENDED)),
    *((VmState.PAUSED, seen) for seen in (PowerState.SHUTDOWN, PowerState.CRASHED)),
    *((VmState.STOPPED, seen) for seen in (
        PowerState.RUNNING, PowerState.PAUSED, PowerState.SUSPENDED)),
}


@pytest.mark.parametrize("state", list(PowerState))
@pytest.mark.parametrize("vm_state", list(VmState))
def test_whose_guest_is_not_as_it_should_be(vm_state: VmState, state: PowerState) -> None:
    """Every pair that is not in the table is left alone: errors stay errors, and who froze
    a guest behind our back knows why."""
    server = records.instance(vm_state=vm_state.value)
    assert power_states.to_be_stopped(server, state) == ((vm_state, state) in STOPPED)


def working(house: House) -> OwnWork:
    """Whatever a host finds to be done is done at once."""
    return OwnWork(house.seams, BY_KIND, house.performer().perform_now)


def synced(house: House) -> None:
    power_states.sync_all(house.seams, working(house))


def test_a_server_whose_guest_stopped_is_stopped() -> None:
    house = House()
    stopped, busy, well = house.server(), house.server(), house.server()
    for one in (stopped, busy):
        house.change(one.uuid, GuestState.SHUTDOWN)
    house.begin(busy.uuid, "pause")
    synced(house)
    found = house.record(stopped.uuid)
    assert (found.vm_state, found.power_state, found.task_state) == ("stopped", 4, None)
    assert house.cell.operations.of_instance(stopped.uuid)[0].action == "stop"
    assert (house.record(busy.uuid).vm_state, house.record(well.uuid).vm_state) == (
        "active", "active")
    assert house.store.asked.count("update_instance") == 1


def test_a_stopped_server_whose_guest_was_started_is_stopped_again() -> None:
    house = House(shutdown_timeout=0)
    server = house.server(vm_state="stopped", power_state=4)
    synced(house)
    assert house.record(server.uuid).vm_state == "stopped"
    assert house.guests()[server.uuid] == GuestState.SHUTDOWN


def test_a_guest_that_was_frozen_stays_so_and_shows_it() -> None:
    house = House()
    server = house.server()
    house.change(server.uuid, GuestState.PAUSED)
    synced(house)
    found = house.record(server.uuid)
    assert (found.vm_state, found.power_state) == ("active", 3)
    assert house.guests()[server.uuid] == GuestState.PAUSED


def test_a_server_that_waits_to_be_reclaimed_does_not_run() -> None:
    house = House()
    server = house.server(vm_state="soft-delete", power_state=4)
    synced(house)
    assert house.guests()[server.uuid] == GuestState.SHUTDOWN
    assert house.record(server.uuid).vm_state == "soft-delete"


def test_work_that_begins_meanwhile_wins() -> None:
    house = House()
    server = house.server()
    house.begin(server.uuid, "pause")
    power_states.sync(house.seams, working(house), server, PowerState.SHUTDOWN)
    assert house.record(server.uuid).vm_state == "active"


def test_a_guest_that_is_not_there_says_nothing() -> None:
    house = House()
    server = house.server(guest=None)
    synced(house)
    assert house.record(server.uuid).vm_state == "active"


def test_work_that_nobody_here_knows_is_not_begun() -> None:
    house = House()
    assert not working(house).begin("teleport", house.server())


# Deleted softly, and in rescue for too long.


def test_what_nobody_restores_in_time_is_deleted() -> None:
    house = House(reclaim_instance_interval=3600)
    house.register()
    now = house.clock.now()
    late, soon, restored = (
        house.server(vm_state="soft-delete", deleted_at=now - timedelta(seconds=seconds))
        for seconds in (3600, 3599, 9000))
    house.cell.instances.update(restored.uuid, {"vm_state": "active"})
    assert reclaim.reclaim(house.seams, working(house)) == [late.uuid]
    assert house.record(late.uuid).deleted and late.uuid not in house.guests()
    assert not house.record(soon.uuid).deleted
    assert reclaim.reclaim(house.seams, working(house)) == []


def test_nothing_is_reclaimed_where_deletes_are_not_soft() -> None:
    house = House()
    house.server(vm_state="soft-delete", deleted_at=house.clock.now() - timedelta(days=9))
    assert reclaim.reclaim(house.seams, working(house)) == []


class Recorded(OwnWork):
    """Notes what would be begun."""

    def __init__(self, house: House) -> None:
        super().__init__(house.seams, BY_KIND, lambda *_: None)
        self.begun: list[tuple[str, str]] = []

    def begin(self, kind: str, instance: Any, moves: Any = None, **more: Any) -> bool:
        self.begun.append((kind, instance.uuid))
        return True


@pytest.mark.parametrize(("limit", "waits"), [(0, False), (100, True)])
def test_rescue_ends_after_a_while(limit: int, waits: bool) -> None:
    house = House(rescue_timeout=limit)
    now = house.clock.now()
    long_ago, _ = (
        house.server(vm_state="rescued", launched_at=now - timedelta(seconds=seconds))
        for seconds in (100, 99))
    work = Recorded(house)
    found = rescued.unrescue(house.seams, work)
    assert work.begun == ([("unrescue", long_ago.uuid)] if waits else [])
    assert found == [uuid for _, uuid in work.begun]


# Strays.


def deleted(house: House) -> str:
    """A guest whose server was deleted while this host could not be told."""
    server = house.server()
    house.cell.operations.discard(server.uuid)
    return str(server.uuid)


def strays_of(action: str) -> tuple[House, str, str]:
    house = House(running_deleted_instance_action=action)
    house.register()
    return house, deleted(house), str(house.server().uuid)


@pytest.mark.parametrize(
    ("action", "state"),
    [("reap", None), ("shutdown", GuestState.SHUTDOWN), ("log", GuestState.RUNNING),
     ("noop", GuestState.RUNNING)],
)
def test_guests_of_deleted_servers(action: str, state: GuestState | None) -> None:
    house, stray, mine = strays_of(action)
    found = strays.Strays(house.seams).remove()
    assert found == ([] if action == "noop" else [stray])
    assert house.guests().get(stray) == state
    assert house.guests()[mine] == GuestState.RUNNING


def test_guests_that_no_record_tells_of_are_left_alone() -> None:
    """A host that asks the wrong cloud must not cost anybody a server."""
    house = House()
    house.register()
    house.guest(records.new_uuid())
    assert strays.Strays(house.seams).remove() == [] and len(house.guests()) == 1


def test_a_renamed_host_keeps_its_guests() -> None:
    """The servers are recorded under the old name, and are older than the new one."""
    house = House()
    server = house.server(host="old-name")
    house.clock.run(60)
    house.register()
    assert strays.Strays(house.seams).remove() == [] and list(house.guests()) == [server.uuid]


def test_a_guest_whose_server_was_built_elsewhere_goes() -> None:
    house = House()
    house.register()
    house.clock.run(60)
    server = house.server(host="host2", node="host2")
    assert strays.Strays(house.seams).remove() == [server.uuid] and house.guests() == {}


@pytest.mark.parametrize(
    "state",
    [{"task_state": "migrating"}, {"vm_state": "resized"},
     {"vm_state": "active", "task_state": "resize_migrating"}],
)
def test_a_guest_of_a_server_that_moves_stays(state: dict[str, Any]) -> None:
    house = House()
    house.register()
    house.clock.run(60)
    house.server(host="host2", node="host2", **state)
    assert strays.Strays(house.seams).remove() == [] and len(house.guests()) == 1


def test_a_guest_of_a_server_that_is_being_built_again_elsewhere_goes() -> None:
    house = House()
    house.register()
    house.clock.run(60)
    server = house.server(host="host2", vm_state="building", task_state="spawning")
    assert strays.Strays(house.seams).remove() == [server.uuid]


def test_one_that_cannot_be_removed_does_not_keep_the_others() -> None:
    house, first, _ = strays_of("reap")
    second = deleted(house)
    house.hypervisor.faults.fail("destroy", HypervisorError(verb="destroy", reason="busy"))
    assert set(strays.Strays(house.seams).remove()) == {first, second}
    assert len({first, second} & set(house.guests())) == 1


def test_a_host_without_guests_asks_nobody() -> None:
    house = House()
    house.server(guest=None)
    house.store.asked.clear()
    assert strays.Strays(house.seams).remove() == [] and house.store.asked == []


def test_a_stray_has_its_time() -> None:
    """[DEFAULT]running_deleted_instance_timeout, from when it was first seen."""
    house = House(running_deleted_instance_timeout=100)
    house.register()
    stray = deleted(house)
    keeper = strays.Strays(house.seams)
    assert keeper.remove() == []
    house.clock.run(99)
    assert keeper.remove() == [] and stray in house.guests()
    house.clock.run(1)
    assert keeper.remove() == [stray] and stray not in house.guests()


# Claims.


def claim(house: House, uuid: str) -> None:
    (node,) = house.seams.nodes.values()
    consumer = Consumer(uuid, records.PROJECT, records.USER)
    house.placement.allocations.claim(CONTEXT, Allocation(consumer, {node.uuid: {"VCPU": 1}}))


def with_provider() -> House:
    house = House()
    house.register()
    house.clock.run(60)
    node = records.compute_node("host1")
    house.seams.nodes["host1"] = node
    house.placement.providers.ensure(CONTEXT, node.uuid, "host1")
    house.placement.facts.set_inventories(CONTEXT, node.uuid, {"VCPU": Inventory(8)})
    return house


def test_claims_of_servers_that_are_gone_are_dropped() -> None:
    house = with_provider()
    gone, here = deleted(house), house.server().uuid
    coming = house.server(host="host2", guest=None, vm_state="building").uuid
    pending = records.build_request(
        records.instance(), deadline=house.clock.now() + timedelta(hours=1))
    house.stores.api.builds.record(
        [(pending, records.request_spec(pending.instance_uuid))])
    foreign = records.new_uuid()
    for uuid in (gone, here, coming, pending.instance_uuid, foreign):
        claim(house, uuid)
    assert claims.drop_orphans(house.seams) == [gone]
    held = {c for c, a in house.placement_state.consumers.items() if a.resources}
    assert held == {here, coming, pending.instance_uuid, foreign}


def test_a_cancelled_create_holds_nothing() -> None:
    house = with_provider()
    build = records.build_request(deadline=house.clock.now() + timedelta(hours=1))
    uuid = build.instance_uuid
    house.stores.api.builds.record([(build, records.request_spec(uuid))])
    house.stores.api.builds.cancel(uuid)
    claim(house, uuid)
    assert claims.drop_orphans(house.seams) == [uuid]


def test_a_claim_made_for_a_server_in_error_without_a_host_is_dropped() -> None:
    """A question to the scheduler that was heard twice."""
    house = with_provider()
    uuid = house.server(host=None, vm_state="error", guest=None).uuid
    claim(house, uuid)
    assert claims.drop_orphans(house.seams) == [uuid]
    assert not any(one.resources for one in house.placement_state.consumers.values())


def test_what_a_server_holds_elsewhere_stays() -> None:
    house = with_provider()
    (node,) = house.seams.nodes.values()
    other, uuid = records.new_uuid(), house.server(host="host2", guest=None).uuid
    house.placement.providers.ensure(CONTEXT, other, "host2")
    house.placement.facts.set_inventories(CONTEXT, other, {"VCPU": Inventory(8)})
    consumer = Consumer(uuid, records.PROJECT, records.USER)
    house.placement.allocations.claim(
        CONTEXT, Allocation(consumer, {node.uuid: {"VCPU": 1}, other: {"VCPU": 1}}))
    assert claims.drop_orphans(house.seams) == [uuid]
    held = house.placement.allocations.get(CONTEXT, uuid)
    assert held.resources == {other: {"VCPU": 1}}


def test_a_server_in_cell0_is_not_of_this_cell() -> None:
    house = with_provider()
    build = records.build_request(deadline=house.clock.now() + timedelta(hours=1))
    house.stores.api.builds.record([(build, records.request_spec(build.instance_uuid))])
    house.stores.cell(CELL0_UUID).operations.create(
        build.instance, house.operation(build.instance_uuid, "create"))
    house.stores.api.builds.place(build.instance_uuid, CELL0_UUID)
    claim(house, build.instance_uuid)
    assert claims.drop_orphans(house.seams) == []


# Networks.


def wired(house: House) -> Any:
    net = house.network_state.add_network(records.PROJECT, "net", "10.0.0.0/24")
    server = house.server()
    wiring = Wiring(server_id=server.uuid, project_id=records.PROJECT, host="host1",
                    zone="nova", hostname="it")
    vifs = house.network.allocate(CONTEXT, wiring, [Interface(network_id=net.id)])
    house.cell.instances.update(server.uuid, {"network_info": vifs_to_json(vifs)})
    house.store.asked.clear()
    return server, vifs[0]


def test_ports_that_did_not_change_are_not_written() -> None:
    house = House()
    wired(house)
    networks.refresh(house.seams)
    assert house.store.asked == ["instances"]


def test_a_port_that_is_gone_is_gone_from_the_record() -> None:
    house = House()
    server, vif = wired(house)
    NetworkMemory(house.network_state).ports.delete(CONTEXT, vif.port_id)
    networks.refresh(house.seams, [records.new_uuid()])
    assert len(house.record(server.uuid).network_info) == 1, "another server was asked about"
    networks.refresh(house.seams, [server.uuid])
    assert house.record(server.uuid).network_info == []


def test_servers_that_are_worked_on_are_left_alone() -> None:
    house = House()
    server, vif = wired(house)
    NetworkMemory(house.network_state).ports.delete(CONTEXT, vif.port_id)
    house.begin(server.uuid, "pause")
    networks.refresh(house.seams)
    assert len(house.record(server.uuid).network_info) == 1


def test_an_interface_that_comes_while_ports_are_asked_for_is_not_forgotten() -> None:
    house = House()
    server, vif = wired(house)
    NetworkMemory(house.network_state).ports.delete(CONTEXT, vif.port_id)
    came: list[Any] = []
    ask = house.network.info_of_many

    def slow(*asked: Any) -> Any:
        found = ask(*asked)
        if not came:
            wiring = Wiring(server_id=server.uuid, project_id=records.PROJECT, host="host1",
                            zone="nova", hostname="it")
            came.extend(house.network.allocate(
                CONTEXT, wiring, [Interface(network_id=vif.network_id)]))
            both = vifs_to_json([vif, *came])
            house.cell.instances.update(server.uuid, {"network_info": both})
        return found

    house.network.info_of_many = slow  # type: ignore[method-assign,assignment]
    networks.refresh(house.seams, known_only=True)
    assert [one["id"] for one in house.record(server.uuid).network_info] == [came[0].port_id]


def test_all_servers_cost_as_many_questions_as_one() -> None:
    house = House()
    wired(house)
    asked: list[str] = []
    house.network_state.gate = asked.append
    networks.refresh(house.seams)
    one = len(asked)
    for _ in range(4):
        house.server()
    asked.clear()
    networks.refresh(house.seams)
    assert len(asked) == one


# What other services tell.


def events(house: House) -> ExternalEvents:
    return ExternalEvents(house.seams, house.plugs, house.performer(), working(house))


def event(name: str, uuid: str, tag: str = "") -> dict[str, str]:
    return {"name": name, "instance_uuid": uuid, "tag": tag, "status": "completed"}


def test_a_port_that_is_deleted_elsewhere_leaves_its_guest() -> None:
    house = House()
    server, vif = wired(house)
    guest = house.hypervisor.defined(server.uuid)
    house.hypervisor.put(dataclasses.replace(guest, macs=(vif.mac,), taps=("tap0",)))
    NetworkMemory(house.network_state).ports.delete(CONTEXT, vif.port_id)
    events(house).heard([event("network-vif-deleted", server.uuid, vif.port_id)])
    assert house.hypervisor.defined(server.uuid).macs == ()
    assert house.record(server.uuid).network_info == []
    assert house.cell.operations.of_instance(server.uuid)[0].action == "detach_interface"


def test_a_port_that_was_not_the_server_s_is_nobody_s_loss() -> None:
    house = House()
    server, _ = wired(house)
    events(house).heard([event("network-vif-deleted", server.uuid, records.new_uuid())])
    assert len(house.record(server.uuid).network_info) == 1
    assert house.cell.operations.of_instance(server.uuid)[0].action == "create"


def test_changed_ports_are_looked_at_and_new_ones_left_to_who_attaches_them() -> None:
    house = House()
    server, vif = wired(house)
    ports = NetworkMemory(house.network_state).ports
    other = ports.show(CONTEXT, vif.port_id)
    ports.create(CONTEXT, [PortDraft(other.network_id, other.project_id, server.uuid, "compute:")])
    ports.update(CONTEXT, vif.port_id, PortChange(addresses=()))
    events(house).heard([event("network-changed", server.uuid, vif.port_id)])
    (known,) = vifs_from_json(house.record(server.uuid).network_info)
    assert (known.port_id, known.fixed_ips) == (vif.port_id, ())


@pytest.mark.parametrize("name", [
    "network-vif-unplugged", "volume-extended", "power-update", "accelerator-request-bound",
    "volume-reimaged"])
def test_what_nobody_waits_for_changes_nothing(name: str) -> None:
    house = House()
    server, _ = wired(house)
    events(house).heard([event(name, server.uuid, "POWER_OFF")])
    assert house.store.asked == []
    assert house.guests()[server.uuid] == GuestState.RUNNING
