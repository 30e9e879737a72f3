"""What a host does by itself."""

from datetime import timedelta
from typing import Any

import pytest

from nova.clients.network.contract import Interface, Wiring, vifs_to_json
from nova.clients.network.memory import NetworkMemory
from nova.clients.placement.contract import Allocation, Consumer, Inventory
from nova.compute.upkeep import claims, networks, power_states, strays
from nova.context import admin_context
from nova.core.states import PowerState, VmState
from nova.objects.cloud import CELL0_UUID
from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.states import PowerState as GuestState
from tests import records
from tests.unit.compute.making import House

CONTEXT = admin_context()

# (what the record says, what the guest does, what the server becomes)
TRUTHS = [
    (VmState.ACTIVE, PowerState.SHUTDOWN, VmState.STOPPED),
    (VmState.ACTIVE, PowerState.CRASHED, VmState.STOPPED),
    (VmState.ACTIVE, PowerState.SUSPENDED, VmState.SUSPENDED),
    (VmState.ACTIVE, PowerState.PAUSED, VmState.PAUSED),
    (VmState.STOPPED, PowerState.RUNNING, VmState.ACTIVE),
    (VmState.STOPPED, PowerState.PAUSED, VmState.PAUSED),
    (VmState.PAUSED, PowerState.RUNNING, VmState.ACTIVE),
    (VmState.PAUSED, PowerState.SHUTDOWN, VmState.STOPPED),
    (VmState.SUSPENDED, PowerState.RUNNING, VmState.ACTIVE),
]


@pytest.mark.parametrize("state", list(PowerState))
@pytest.mark.parametrize("vm_state", list(VmState))
def test_the_record_becomes_what_the_guest_does(vm_state: VmState, state: PowerState) -> None:
    """Every pair that is not in the table changes no vm_state: errors stay errors."""
    server = records.instance(vm_state=vm_state.value, power_state=99)
    becomes = [to.value for frm, seen, to in TRUTHS if (frm, seen) == (vm_state, state)]
    expected = {"power_state": int(state), **({"vm_state": becomes[0]} if becomes else {})}
    assert power_states.truth(server, state) == expected


def test_what_is_true_already_is_not_written() -> None:
    server = records.instance(vm_state="active", power_state=1)
    assert power_states.truth(server, PowerState.RUNNING) == {}


def test_servers_follow_their_guests() -> None:
    house = House()
    stopped, busy, well = house.server(), house.server(), house.server()
    for one in (stopped, busy):
        house.change(one.uuid, GuestState.SHUTDOWN)
    house.begin(busy.uuid, "pause")
    power_states.sync_all(house.seams)
    assert house.record(stopped.uuid).vm_state == "stopped"
    assert (house.record(busy.uuid).vm_state, house.record(well.uuid).vm_state) == (
        "active", "active")
    assert house.store.asked.count("update_instance") == 1


def test_work_that_begins_meanwhile_wins() -> None:
    house = House()
    server = house.server()
    house.begin(server.uuid, "pause")
    power_states.sync(house.seams, server, PowerState.SHUTDOWN)
    assert house.record(server.uuid).vm_state == "active"


def test_a_guest_that_is_not_there_says_nothing() -> None:
    house = House()
    server = house.server(guest=None)
    power_states.sync_all(house.seams)
    assert house.record(server.uuid).vm_state == "active"


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
    found = strays.remove_strays(house.seams)
    assert found == ([] if action == "noop" else [stray])
    assert house.guests().get(stray) == state
    assert house.guests()[mine] == GuestState.RUNNING


def test_guests_that_no_record_tells_of_are_left_alone() -> None:
    """A host that asks the wrong cloud must not cost anybody a server."""
    house = House()
    house.register()
    house.guest(records.new_uuid())
    assert strays.remove_strays(house.seams) == [] and len(house.guests()) == 1


def test_a_renamed_host_keeps_its_guests() -> None:
    """The servers are recorded under the old name, and are older than the new one."""
    house = House()
    server = house.server(host="old-name")
    house.clock.run(60)
    house.register()
    assert strays.remove_strays(house.seams) == [] and list(house.guests()) == [server.uuid]


def test_a_guest_whose_server_was_built_elsewhere_goes() -> None:
    house = House()
    house.register()
    house.clock.run(60)
    server = house.server(host="host2", node="host2")
    assert strays.remove_strays(house.seams) == [server.uuid] and house.guests() == {}


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
    assert strays.remove_strays(house.seams) == [] and len(house.guests()) == 1


def test_a_guest_of_a_server_that_is_being_built_again_elsewhere_goes() -> None:
    house = House()
    house.register()
    house.clock.run(60)
    server = house.server(host="host2", vm_state="building", task_state="spawning")
    assert strays.remove_strays(house.seams) == [server.uuid]


def test_one_that_cannot_be_removed_does_not_keep_the_others() -> None:
    house, first, _ = strays_of("reap")
    second = deleted(house)
    house.hypervisor.faults.fail("destroy", HypervisorError(verb="destroy", reason="busy"))
    assert set(strays.remove_strays(house.seams)) == {first, second}
    assert len({first, second} & set(house.guests())) == 1


def test_a_host_without_guests_asks_nobody() -> None:
    house = House()
    house.server(guest=None)
    house.store.asked.clear()
    assert strays.remove_strays(house.seams) == [] and house.store.asked == []


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
