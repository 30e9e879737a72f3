"""A conductor asks for places over the bus; hosts and servers are rows of real stores."""

import threading

import pytest

from nova.clients.placement.contract import Inventory
from nova.clients.placement.memory import PlacementMemory, PlacementState
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.objects.cloud import CELL0_UUID
from nova.objects.host import ComputeNode, Service
from nova.objects.placing import NoValidHost
from nova.rpc.calls import SchedulerCalls
from nova.rpc.inprocess import InProcessBus
from nova.scheduler.discovery import discover_hosts
from nova.scheduler.process import SchedulerProcess
from tests.stores import CELL1_UUID, memory_stores
from tests.unit.scheduler.making import conf_with, spec, uid

CONTEXT = RequestContext(user_id="u1", project_id="p1", request_id="req-1")


class OneBus:
    def __init__(self, bus: InProcessBus) -> None:
        self.top = bus

    def cell(self, cell_uuid: str) -> InProcessBus:
        return self.top


class House:
    """A scheduler process over stores and placement in memory."""

    def __init__(self) -> None:
        clock = RealClock()
        self.stores = memory_stores(clock)
        self.placement = PlacementMemory(PlacementState(threading.RLock))
        bus = InProcessBus(clock)
        conf = conf_with(DEFAULT__report_interval=1, scheduler__discover_hosts_in_cells_interval=1)
        self.process = SchedulerProcess(conf, clock, self.stores, self.placement, bus)
        self.process.start()
        self.calls = SchedulerCalls(OneBus(bus))

    def host(self, name: str, vcpus: int) -> None:
        cell = self.stores.cell(CELL1_UUID)
        now = RealClock().now()
        service = cell.services.register(Service(
            uuid=uid(f"service-{name}"), host=name, binary="nova-compute", topic="compute",
            report_count=0, disabled=False, disabled_reason=None, forced_down=False,
            last_seen_up=now, version=66,
        ))
        cell.nodes.save(ComputeNode(
            uuid=uid(name), service_id=service.id, host=name, hypervisor_hostname=name,
            hypervisor_type="QEMU", hypervisor_version=7002000, vcpus=vcpus, memory_mb=8192,
            local_gb=100, vcpus_used=0, memory_mb_used=0, local_gb_used=0, cpu_info={},
            supported_instances=[["x86_64", "kvm", "hvm"]], stats={"num_instances": "0"},
            cpu_allocation_ratio=1.0, ram_allocation_ratio=1.0, disk_allocation_ratio=1.0,
            free_ram_mb=8192, free_disk_gb=100, mapped=0,
        ))
        self.placement.providers.ensure(CONTEXT, uid(name), name)
        self.placement.facts.set_inventories(CONTEXT, uid(name), {
            "VCPU": Inventory(vcpus), "MEMORY_MB": Inventory(8192), "DISK_GB": Inventory(100)})


def soon(happened) -> bool:
    """Whether it happens within some seconds."""
    return any(happened() or threading.Event().wait(0.05) for _ in range(200))


@pytest.fixture
def house():
    made = House()
    yield made
    made.process.stop()


def test_places_come_back_as_objects(house):
    house.host("big", vcpus=8)
    house.host("small", vcpus=4)
    [[chosen, other]] = house.calls.select(
        CONTEXT, [spec(properties={"hw_architecture": "x86_64"})], alternates=2)
    assert (chosen.host, chosen.cell_uuid, chosen.allocation) == ("big", CELL1_UUID, None)
    assert other.host == "small"
    assert other.allocation["resources"][uid("small")]["VCPU"] == 2


def test_the_reasons_come_back_with_the_refusal(house):
    house.host("small", vcpus=1)
    with pytest.raises(NoValidHost) as refused:
        house.calls.select(CONTEXT, [spec()], alternates=0)
    [why] = refused.value.explanations
    assert (why["host"], why["asked"], why["free"]) == ("small", 2, 1)


def test_hosts_of_a_running_process_are_ready_before_anybody_asks(house):
    house.host("big", vcpus=8)
    assert soon(lambda: house.process.endpoint.snapshot.knows(uid("big")))


def test_new_hosts_are_mapped_to_their_cell(house):
    house.host("new", vcpus=8)
    assert soon(lambda: [m.cell_uuid for m in house.stores.api.hosts.find()] == [CELL1_UUID])
    assert house.stores.cell(CELL1_UUID).nodes.unmapped() == []
    assert discover_hosts(house.stores) == []


def test_the_process_is_seen_and_healthy(house):
    cell0 = house.stores.cell(CELL0_UUID)
    assert soon(lambda: [s.binary for s in cell0.services.find()] == ["nova-scheduler"])
    assert house.process.health() == {"database": "ok", "broker": "ok"}


def test_many_conductors_at_once_fill_the_hosts_exactly(house):
    for number in range(4):
        house.host(f"h{number}", vcpus=8)
    outcomes: list[str] = []

    def ask(number: int) -> None:
        try:
            [[chosen]] = house.calls.select(CONTEXT, [spec(f"s{number}")], alternates=0)
            outcomes.append(chosen.host)
        except NoValidHost:
            outcomes.append("none")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == sorted(["h0", "h1", "h2", "h3"] * 4 + ["none"] * 4)
