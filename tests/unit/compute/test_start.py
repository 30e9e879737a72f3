"""A host's process: how it begins, beats and ends."""

from typing import Any

from nova.compute.host import ComputeHost
from nova.core.periodic import Periodic
from nova.errors import Unavailable
from nova.rpc.contract import Address
from nova.rpc.inprocess import InProcessBus
from nova.servers import BY_KIND
from nova.virt.contract.states import PowerState
from tests.unit.compute.making import HOST, House


class Process:
    """One process of the host; several may follow each other in one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.seams = house.made_seams()
        self.bus = InProcessBus(house.clock)
        self.host = ComputeHost(house.seams, self.bus, house.plugs, BY_KIND)

    def start(self, seconds: float = 1) -> "Process":
        self.house.clock.start_task("host", self.host.start)
        self.house.clock.run(seconds)
        return self

    def stop(self, seconds: float = 1) -> Any:
        task = self.house.clock.start_task("host", self.host.stop)
        self.house.clock.run(seconds)
        return task

    @property
    def serves(self) -> bool:
        return any(s.at == Address("compute", HOST) for s in self.bus._services)


def service(house: House) -> Any:
    return house.cell.services.find(host=HOST)[0]


def test_a_host_is_known_once_it_has_started() -> None:
    house = House()
    process = Process(house).start()
    assert process.serves and service(house).binary == "nova-compute"
    (node,) = house.cell.nodes.find(host=HOST)
    assert node.vcpus == 8 and house.seams.nodes[HOST].uuid == node.uuid
    assert house.placement_state.providers[node.uuid].name == HOST


def test_it_waits_for_its_conductor() -> None:
    house = House()
    house.store.down.add("start")
    process = Process(house).start(120)
    assert not process.serves and not house.clock.errors
    house.store.down.clear()
    house.clock.run(5)
    assert process.serves


def test_it_waits_for_placement() -> None:
    house = House()
    house.placement_state.gate = _away
    process = Process(house).start(60)
    assert not process.serves
    house.placement_state.gate = lambda operation: None
    house.clock.run(5)
    assert process.serves and not house.clock.errors


def _away(operation: str) -> None:
    raise Unavailable(service="placement", reason="away")


def test_it_waits_for_the_conductor_that_goes_away_in_the_middle() -> None:
    house = House()
    server = house.server()
    house.change(server.uuid, PowerState.SHUTDOWN)
    house.store.down |= {"update_instance", "report_nodes"}
    process = Process(house).start(30)
    assert not process.serves and not house.clock.errors
    house.store.down.clear()
    house.clock.run(5)
    assert process.serves and house.record(server.uuid).vm_state == "stopped"


def test_what_servers_use_is_known_from_the_beginning() -> None:
    house = House()
    house.server(vcpus=3)
    Process(house).start()
    assert house.cell.nodes.find(host=HOST)[0].vcpus_used == 3


def test_it_goes_on_with_what_earlier_processes_began() -> None:
    house = House()
    claimed, waiting = house.server(), house.server()
    first, second = house.begin(claimed.uuid, "pause"), house.begin(waiting.uuid, "pause")
    house.store.claim(first.id, "compute:host1:earlier")
    Process(house).start()
    for operation in (first, second):
        assert house.journal(operation).state == "done"
    assert house.guests() == dict.fromkeys((claimed.uuid, waiting.uuid), PowerState.PAUSED)


def test_records_follow_guests_after_a_start() -> None:
    house = House()
    server = house.server()
    house.change(server.uuid, PowerState.SHUTDOWN)
    Process(house).start()
    assert house.record(server.uuid).vm_state == "stopped"


def test_guests_follow_records_when_so_configured() -> None:
    house = House(resume_guests_state_on_host_boot=True)
    ran, stopped = house.server(), house.server(vm_state="stopped", power_state=4)
    for one in (ran, stopped):
        house.change(one.uuid, PowerState.SHUTDOWN)
    Process(house).start()
    assert house.guests() == {ran.uuid: PowerState.RUNNING, stopped.uuid: PowerState.SHUTDOWN}
    assert house.record(ran.uuid).vm_state == "active"


def test_guests_of_servers_that_were_deleted_meanwhile_go() -> None:
    house = House()
    Process(house).start().stop(10)
    server = house.server()
    house.cell.operations.discard(server.uuid)
    Process(house).start()
    assert house.guests() == {}


def test_it_beats_and_takes_what_it_was_not_told() -> None:
    house = House(report_interval=10)
    Process(house).start()
    before = service(house).last_seen_up
    server = house.server()
    pause = house.begin(server.uuid, "pause")
    house.clock.run(25)
    assert service(house).last_seen_up > before
    assert house.journal(pause).state == "done"


def test_a_disabled_host_tells_placement() -> None:
    house = House(update_resources_interval=30)
    Process(house).start()
    house.cell.services.update(service(house).id, {"disabled": True})
    house.clock.run(40)
    (provider,) = house.placement_state.providers.values()
    assert "COMPUTE_STATUS_DISABLED" in provider.traits


def test_it_ends_when_its_work_has() -> None:
    """What it finishes stays its own meanwhile: the heart beats on."""
    house = House(report_interval=5)
    process = Process(house).start()
    server = house.server()
    house.hypervisor.faults.delay("reboot_hard", 60)
    reboot = house.begin(server.uuid, "reboot-hard")
    house.clock.run(20)
    assert house.journal(reboot).state == "running"
    over = process.stop(1)
    house.clock.run(35)
    assert not over.done() and not process.serves
    assert house.journal(reboot).lease_expires_at > house.clock.now()
    assert (house.clock.now() - service(house).last_seen_up).total_seconds() <= 6
    house.clock.run(30)
    assert over.done() and house.journal(reboot).state == "done"
    seen = service(house).last_seen_up
    house.clock.run(30)
    assert service(house).last_seen_up == seen and not house.clock.errors


def test_it_does_not_wait_for_ever_for_its_work() -> None:
    house = House(manager_shutdown_timeout=20)
    process = Process(house).start()
    server = house.server()
    house.hypervisor.faults.delay("reboot_hard", 600)
    house.begin(server.uuid, "reboot-hard")
    house.clock.run(30)
    over = process.stop(40)
    assert over.done()


def test_a_guest_that_stops_by_itself_is_noticed() -> None:
    house = House()
    Process(house).start()
    server = house.server()
    house.clock.run(10)
    house.hypervisor.crash(server.uuid)
    house.clock.run(5)
    assert house.record(server.uuid).vm_state == "stopped"


def test_what_a_guest_does_while_its_host_ends_is_left_to_the_next_process() -> None:
    house = House(resume_guests_state_on_host_boot=True)
    process = Process(house).start()
    server = house.server()
    house.clock.run(10)
    house.hypervisor.crash(server.uuid)
    process.stop(10)
    assert house.record(server.uuid).vm_state == "active"
    Process(house).start(10)
    assert house.record(server.uuid).vm_state == "active"
    assert house.hypervisor.defined(server.uuid).state == PowerState.RUNNING


def test_loops_go_on_after_an_error() -> None:
    house = House()
    loops, seen = Periodic(house.clock), []

    def work() -> None:
        seen.append(house.clock.monotonic())
        if len(seen) == 1:
            raise ZeroDivisionError

    loops.every("it", 10, work)
    loops.every("never", 0, lambda: seen.append(-1))
    house.clock.run(35)
    house.clock.start_task("host", loops.stop)
    house.clock.run(30)
    assert seen == [10, 20, 30] and loops.stopping
