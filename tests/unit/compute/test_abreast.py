"""Several nodes at a time, and what comes of them."""

from typing import Any

import pytest

from nova.compute.inventory.abreast import abreast
from nova.compute.inventory.provider import ProviderReport
from nova.compute.inventory.stock import Stock
from nova.virt.fake.hypervisor import FakeHypervisor
from tests.simulation.clock import SimClock
from tests.unit.compute.making import House

NAMES = tuple(f"node{number}" for number in range(6))


@pytest.mark.parametrize(("most", "seconds"), [(1, 60), (2, 30), (6, 10), (99, 10)])
def test_so_many_at_a_time_and_in_order(most: int, seconds: int) -> None:
    clock = SimClock()

    def slow(name: str) -> str:
        clock.sleep(10)
        return name.upper()

    found: list[Any] = []
    begun = clock.monotonic()

    def run() -> None:
        found.extend(abreast(clock, most, slow, NAMES))
        found.append(clock.monotonic() - begun)

    clock.spawn("run", run)
    clock.run(100)
    assert found == [*(name.upper() for name in NAMES), seconds]


@pytest.mark.parametrize("most", [1, 3])
def test_an_error_is_an_error(most: int) -> None:
    clock, told = SimClock(), list[str]()

    def run() -> None:
        with pytest.raises(ZeroDivisionError):
            abreast(clock, most, lambda number: 1 // number, [1, 0, 2])
        told.append("raised")

    clock.spawn("run", run)
    clock.run(10)
    assert told == ["raised"]


@pytest.mark.parametrize("most", [1, 3])
def test_all_nodes_of_a_host_are_told_of(most: int) -> None:
    house = House(compute__update_resources_max_workers=most)
    house.hypervisor = FakeHypervisor(house.clock, nodes=NAMES)
    seams = house.made_seams()
    stock = Stock(seams, ProviderReport(house.conf, house.clock, house.placement))
    found: list[Any] = []

    def run() -> None:
        nodes = stock.nodes([], 0)
        found.extend(node.hypervisor_hostname for node in nodes)
        stock.tell_placement(nodes, disabled=False)

    house.clock.spawn("run", run)
    house.clock.run(10)
    assert tuple(found) == NAMES
    assert {one.name for one in house.placement_state.providers.values()} == set(NAMES)
