"""Processes, broker and database die under load; nothing is lost, stuck or left over.

A stack of real processes over RabbitMQ and MariaDB of its own, because both are
stopped on the way.  NOVA_TEST_LONG=1 takes the broker away for a minute.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tools.stack import audit, ground
from tools.stack.customer import Customer, at_rest, persist
from tools.stack.ground import Ground

pytestmark = [
    pytest.mark.skipif(
        not (os.environ.get("NOVA_TEST_RABBIT_URL") and os.environ.get("NOVA_TEST_MYSQL_URL")),
        reason="needs RabbitMQ and MariaDB",
    ),
    pytest.mark.timeout(300),
]

HOSTS = ("host1", "host2")
SERVERS = 20
# Seconds that the dead stay dead.
PAUSE = 3.0
BROKER_PAUSE = 60.0 if os.environ.get("NOVA_TEST_LONG") == "1" else 20.0
# Seconds after the return of what was away in which everything is settled.
PATIENCE = 45.0
# Seconds between two reports of a host, twice.
CLEANED_WITHIN = 10.0
SHORT = {"journal": {"watchdog_interval": 2, "lease_seconds": 6}}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    state = tmp_path_factory.mktemp("faults")
    for folder in state.parents[:2]:
        folder.chmod(0o755)
    with ground.running(state, HOSTS, SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def customer(cloud: Ground) -> Customer:
    return Customer.of(cloud.stack.places.state)


@dataclass
class Load:
    """Creates and, for every second server, a delete soon after; besides the caller."""

    customer: Customer
    made: list[str] = field(default_factory=list)
    doomed: list[str] = field(default_factory=list)
    slowest: float = 0.0
    trouble: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(120)
        assert not self._thread.is_alive(), "the load does not end"

    def _run(self) -> None:
        try:
            for number in range(SERVERS):
                self._step(number)
        except BaseException as error:
            self.trouble.append(error)

    def _step(self, number: int) -> None:
        began = time.monotonic()
        self.made.append(persist(lambda: self.customer.boot(f"server-{number}"), 60))
        if number % 2 and number > 4:
            uuid = self.made[number - 4]
            self.doomed.append(uuid)
            persist(lambda: self.customer.delete(uuid), 60)
        self.slowest = max(self.slowest, time.monotonic() - began)
        time.sleep(0.1)


def under_load(
    cloud: Ground, customer: Customer, fault: Callable[[], None], patience: float = PATIENCE
) -> Load:
    """`fault` happens a moment after the load began, and mends what it broke."""
    with Load(customer) as load:
        time.sleep(0.7)
        fault()
    assert not load.trouble, load.trouble
    rested = customer.until(lambda servers: settled(servers, load), patience)
    print(f"at rest {rested:.1f} s later; slowest step {load.slowest:.1f} s")  # noqa: T201
    assert_clean(cloud, customer)
    return load


def assert_clean(cloud: Ground, customer: Customer) -> None:
    """What is cleaned up at intervals is given two of them."""
    end = time.monotonic() + CLEANED_WITHIN
    while audit.wrongs(cloud.stack, customer) and time.monotonic() < end:
        time.sleep(1)
    assert audit.wrongs(cloud.stack, customer) == []


def settled(servers: dict[str, dict[str, object]], load: Load) -> bool:
    return all(map(at_rest, servers.values())) and not set(load.doomed) & set(servers)


@pytest.fixture(autouse=True)
def clean(customer: Customer, cloud: Ground) -> Iterator[None]:
    """Each fault begins with an empty cloud, and leaves none behind."""
    yield
    for uuid in customer.servers():
        persist(lambda uuid=uuid: customer.delete(uuid), 30)  # type: ignore[misc]
    customer.until(lambda servers: not servers, PATIENCE)
    assert_clean(cloud, customer)
    assert [audit.guests(cloud.stack.places.state, host) for host in HOSTS] == [set(), set()]


def death_of(cloud: Ground, *names: str) -> Callable[[], None]:
    def fault() -> None:
        for name in names:
            cloud.stack.kill(name)
        time.sleep(PAUSE)
        for name in names:
            cloud.stack.start(name)

    return fault


@pytest.mark.parametrize("names", [
    ("nova-placement-api",), ("nova-conductor",), ("nova-scheduler",), ("nova-api",),
    ("nova-compute-host1",), ("nova-compute-host1", "nova-compute-host2"),
], ids=" and ".join)  # fmt: skip
def test_a_killed_process(cloud: Ground, customer: Customer, names: tuple[str, ...]) -> None:
    load = under_load(cloud, customer, death_of(cloud, *names))
    assert_mostly_active(customer, load)


def test_broker_away(cloud: Ground, customer: Customer) -> None:
    def fault() -> None:
        cloud.rabbit.stop()
        time.sleep(BROKER_PAUSE)
        cloud.rabbit.start()

    load = under_load(cloud, customer, fault)
    assert_mostly_active(customer, load)


def test_database_restarted(cloud: Ground, customer: Customer) -> None:
    def fault() -> None:
        cloud.mariadb.stop()
        time.sleep(PAUSE)
        cloud.mariadb.start()

    load = under_load(cloud, customer, fault)
    assert_mostly_active(customer, load)


def assert_mostly_active(customer: Customer, load: Load) -> None:
    """What was not deleted is there: a fault of a few seconds is ridden out, not told."""
    servers = customer.servers()
    kept = set(load.made) - set(load.doomed)
    assert kept <= set(servers), f"accepted and nowhere: {kept - set(servers)}"
    wrong = {u: servers[u].get("fault") for u in kept if servers[u]["status"] != "ACTIVE"}
    assert not wrong, wrong
