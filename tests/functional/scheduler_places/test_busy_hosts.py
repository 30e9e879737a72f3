"""Hosts measure how busy they are, and servers go where there is more time for them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from nova.rpc.contract import Address
from tests.cloud import PROJECT
from tests.simulation.faults import Odds
from tests.simulation.world import World

ADMIN = f"admin:{PROJECT}"
MEASURED = {
    "compute_monitors": ["cpu.virt_driver"],
    "metrics__weight_setting": ["cpu.percent=-1.0"],
    "filter_scheduler__enabled_filters": ["ComputeFilter", "MetricsFilter"],
    # What is free on the hosts is not to decide.
    "filter_scheduler__ram_weight_multiplier": 0.0,
    "filter_scheduler__cpu_weight_multiplier": 0.0,
    "filter_scheduler__disk_weight_multiplier": 0.0,
}
AUDIT = 60


@pytest.fixture
def world() -> Iterator[World]:
    made = World(1, Odds())
    made.cloud.options |= MEASURED
    yield made


def lives(world: World, name: str) -> str:
    uuid = world.boot(name)
    assert uuid is not None
    world.clock.run(30)
    shown = world.request("GET", f"/servers/{uuid}", token=ADMIN)
    assert shown is not None
    server = shown.body["server"]
    assert server["status"] == "ACTIVE", server
    return str(server["OS-EXT-SRV-ATTR:host"])


def load(world: World, **shares: float) -> None:
    """From now on hosts are so busy; and until all have heard of it."""
    for host, share in shares.items():
        world.cloud.hypervisors[host].cpu.spend(share)
    world.clock.run(2 * AUDIT + 10)


def test_the_busier_host_loses_and_wins_when_it_rests(world: World) -> None:
    world.start()
    load(world, host1=0.9, host2=0.2)
    assert [lives(world, f"first{number}") for number in range(2)] == ["host2", "host2"]
    load(world, host1=0.1, host2=0.7)
    assert [lives(world, f"second{number}") for number in range(2)] == ["host1", "host1"]


def test_a_host_that_does_not_measure_gets_nothing(world: World) -> None:
    of_all = world.cloud.conf_of

    def conf_of(host: str) -> object:
        conf = of_all(host)
        if host == "host1":
            conf.set_override("compute_monitors", [])
        return conf

    world.cloud.conf_of = conf_of  # type: ignore[method-assign]
    world.start()
    load(world, host2=0.9)
    assert lives(world, "server") == "host2"


def audited(world: World) -> tuple[list[str], Counter[str]]:
    """The statements and messages of three minutes."""
    world.start()
    world.clock.run(AUDIT)
    statements: list[str] = []
    messages: Counter[str] = Counter()
    deliveries = world.faults.deliveries

    def counted(to: Address, method: str) -> list[float]:
        messages[method] += 1
        return deliveries(to, method)

    world.faults.deliveries = counted  # type: ignore[method-assign]
    with ExitStack() as watched:
        for database in world._databases():
            watched.enter_context(database.observed(statements.append))
        world.clock.run(3 * AUDIT)
    return sorted(statements), messages


def test_to_measure_costs_no_statement_and_no_message(world: World) -> None:
    statements, messages = audited(world)
    assert len(statements) > 30
    assert messages.total() > 10
    assert audited(World(1, Odds())) == (statements, messages)
