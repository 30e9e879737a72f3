"""Creating and deleting servers: how fast, and by whose work."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import sqlalchemy as sa

from tools.bench.cloud_parts.table import Table
from tools.stack import usage
from tools.stack.customer import Customer
from tools.stack.ground import Ground

CUSTOMERS = 4
PATIENCE = 180.0


@dataclass(frozen=True)
class Lap:
    """`asked` are the seconds of each request, `seconds` those until all was done."""

    seconds: float
    asked: list[float]
    cpu: dict[str, float]

    def milliseconds(self, name: str) -> float:
        return self.cpu.get(name, 0.0) * 1000 / len(self.asked)

    @property
    def total(self) -> float:
        return usage.ours(self.cpu) * 1000 / len(self.asked)


def table(running: Ground, customer: Customer, count: int) -> Table:
    made, gone = round_trip(running, customer, count)
    found = Table(f"{count} servers", ("", "create", "delete"))
    found.row("a second", count / made.seconds, count / gone.seconds)
    found.row("request, p50 ms", *(statistics.median(lap.asked) * 1000 for lap in (made, gone)))
    found.row("CPU ms each, ours together", made.total, gone.total)
    for name in running.stack.names:
        found.row(f"  {name}", made.milliseconds(name), gone.milliseconds(name))
    return found


def round_trip(running: Ground, customer: Customer, count: int) -> tuple[Lap, Lap]:
    """All of them made, until they are ACTIVE, and deleted, until they are gone."""
    look = Look(running)
    names = [f"bench-{number}" for number in range(count)]
    uuids: list[str] = []
    made = _lap(running, lambda name: uuids.append(customer.boot(name)), names,
                lambda: look.count("vm_state = 'active' AND task_state IS NULL") == count)
    gone = _lap(running, customer.delete, uuids, lambda: look.count("1 = 1") == 0)
    return made, gone


class Look:
    """Into the cell's database, which costs the processes that are measured nothing."""

    def __init__(self, running: Ground) -> None:
        self._engine = sa.create_engine(
            running.mariadb.url("nova_cell1"), isolation_level="AUTOCOMMIT"
        )

    def count(self, condition: str) -> int:
        statement = sa.text(f"SELECT count(*) FROM instances WHERE deleted = 0 AND {condition}")
        with self._engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())


def _lap(
    running: Ground, ask: Callable[[str], object], names: Sequence[str],
    done: Callable[[], bool],
) -> Lap:
    asked: list[float] = []

    def timed(name: str) -> None:
        began = time.perf_counter()
        ask(name)
        asked.append(time.perf_counter() - began)

    with usage.spent(running.stack) as cpu:
        began = time.perf_counter()
        with ThreadPoolExecutor(CUSTOMERS) as customers:
            list(customers.map(timed, names))
        _until(done)
        seconds = time.perf_counter() - began
        # What each process tidies up afterwards is part of it.
        time.sleep(1.5)
    return Lap(seconds, asked, cpu)


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"not all servers are done after {PATIENCE:.0f} s")
        time.sleep(0.05)
