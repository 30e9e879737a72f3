"""The whole cloud on a virtual clock, with crashes and restarts."""

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from tests.cloud import Cloud, Reply
from tests.simulation.clock import SimClock
from tests.simulation.faults import Misfortune, Odds

RESTART_AFTER = 15.0


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Identities and choices come from the seed, so that a run can be had again."""
    numbers = random.Random(seed)

    def uuid4() -> uuid.UUID:
        return uuid.UUID(int=numbers.getrandbits(128), version=4)

    with mock.patch("uuid.uuid4", uuid4), mock.patch(
        "secrets.choice", lambda items: items[numbers.randrange(len(items))]
    ):
        yield


class World:
    """`start`, then `boot` and others; then `settle`, and look at what is left."""

    def __init__(self, seed: int, odds: Odds, hosts: tuple[str, ...] = ("host1", "host2"),
                 reclaim: int = 0) -> None:
        self.clock = SimClock(seed)
        self.faults = Misfortune(self.clock, Odds())
        self._odds = odds
        self.cloud = Cloud(
            hosts=hosts, clock=self.clock, faults=self.faults, gate=self.faults.gate,
            options={"quota__instances": -1, "quota__cores": -1, "quota__ram": -1,
                     "report_interval": 10, "sync_power_state_interval": 60,
                     "running_deleted_instance_poll_interval": 60,
                     "service_down_time": 40, "reclaim_instance_interval": reclaim,
                     "journal__watchdog_interval": 10, "journal__lease_seconds": 30},
        )
        self._incarnations: dict[str, int] = {}
        self._running: dict[str, str] = {}
        self.accepted: list[str] = []
        self.faults.crashed = self._crashed
        for database in self._databases():
            database.read = self.faults.around(database.read)
            database.write = self.faults.around(database.write)

    def _databases(self) -> list[Any]:
        stores = self.cloud.stores
        return [stores.api.database, *(cell.database for cell in stores.cells())]

    def start(self) -> "World":
        for name in ("conductor", *self.cloud.hosts, "scheduler", "api"):
            self.start_process(name)
            self.clock.run(2)
        self.clock.run(15)
        self.faults.odds = self._odds
        return self

    def start_process(self, name: str) -> None:
        self._incarnations[name] = self._incarnations.get(name, 0) + 1
        label = f"{name}#{self._incarnations[name]}"
        self._running[name] = label
        starters = {"conductor": self.cloud.start_conductor, "scheduler":
                    self.cloud.start_scheduler, "api": self.cloud.start_api}
        start = starters.get(name, lambda: self.cloud.start_compute(name))
        self.clock.start_task(label, start)

    def _crashed(self, label: str) -> None:
        """Its queues lose their consumer at once; a supervisor starts it again later."""
        bus = self.cloud.bus
        bus._services = [s for s in bus._services if s.workers.process != label]
        name = label.partition("#")[0]
        self.clock.start_task("supervisor", self._restart, name, label)

    def _restart(self, name: str, label: str) -> None:
        self.clock.sleep(RESTART_AFTER)
        if self._running.get(name) == label:
            self.start_process(name)

    def kill(self, name: str) -> None:
        label = self._running[name]
        self._crashed(label)
        self.clock.kill(label)

    def die(self) -> None:
        """The process that runs now is killed where it is."""
        label = self.clock.process
        self._crashed(label)
        self.clock.kill(label)

    def request(self, *arguments: Any, **named: Any) -> Reply | None:
        """None: the API crashed over it, and the user does not know."""
        label = self._running["api"]
        if label in self.clock.dead:
            self.clock.run(RESTART_AFTER + 1)
            label = self._running["api"]
        reply: Reply | None = self.clock.perform(
            label, lambda: self.cloud.request(*arguments, **named)
        )
        return reply

    def boot(self, name: str, **fields: Any) -> str | None:
        from tests.cloud import IMAGE

        networks = [{"uuid": self.cloud.net.id}]
        server = {"name": name, "flavorRef": "1", "imageRef": IMAGE, "networks": networks}
        reply = self.request("POST", "/servers", {"server": server | fields})
        if reply is None or reply.status != 202:
            return None
        uuid_: str = reply.body["server"]["id"]
        self.accepted.append(uuid_)
        return uuid_

    def settle(self, quiet: Callable[["World"], bool], most: float = 7200.0) -> None:
        """No more faults; every process runs; until nothing is under way, or every deadline
        has passed; and some minutes more, for what is cleaned up at intervals."""
        self.faults.calm()
        for name, label in list(self._running.items()):
            if label in self.clock.dead:
                self.start_process(name)
        end = self.clock.monotonic() + most
        while not quiet(self) and self.clock.monotonic() < end:
            self.clock.run(30)
        self.clock.run(200)
