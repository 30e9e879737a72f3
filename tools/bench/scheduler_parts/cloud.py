"""The real services around real schedulers: broker, databases, placement over HTTP."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nova.conf import load
from nova.context import RequestContext
from nova.rpc.calls import SchedulerCalls
from nova.rpc.oslo import OsloBus
from tools.bench.scheduler_parts.records import fill_cell, fill_placement, made_names
from tools.stack.ground import Ground
from tools.stack.options import Options

PROCESSES = ("services", "nova-placement-api", "nova-scheduler")
OPTIONS: Options = {
    # The hosts are records, which report themselves once.
    "DEFAULT": {"service_down_time": 100000},
    "filter_scheduler": {"host_subset_size": 1},
}
CONTEXT = RequestContext(user_id="bench", project_id="bench", request_id="req-bench")


@dataclass
class Buses:
    top: OsloBus

    def cell(self, cell_uuid: str) -> OsloBus:
        return self.top


@dataclass
class Bench:
    """A scheduler that can be asked, and hosts that can be added."""

    ground: Ground
    hosts: int = 0

    def grow_to(self, count: int) -> None:
        """With a scheduler that has read them all."""
        names = made_names(count - self.hosts, self.hosts)
        fill_cell(self.ground.mariadb.url("nova_cell1"), names)
        fill_placement(self.ground.mariadb.url("placement"), names)
        self.hosts = count
        self.restart()

    def restart(self) -> None:
        stack = self.ground.stack
        for name in ("nova-placement-api", "nova-scheduler"):
            stack.daemon(name).stop(10)
            stack.start(name)
        time.sleep(3)

    def calls(self) -> SchedulerCalls:
        conf = load("nova", ["--config-file", str(self.ground.stack.places.state / "nova.conf")])
        return SchedulerCalls(Buses(OsloBus(conf)))


@contextlib.contextmanager
def bench(state: Path, extra: Options | None = None) -> Iterator[Bench]:
    ground = Ground.in_directory(state, (), {**OPTIONS, **(extra or {})})
    stack = ground.stack
    try:
        ground.lay()
        stack.write()
        stack.manage("api_db", "sync")
        database = stack.places.database
        stack.manage("cell_v2", "map_cell0", "--database_connection", database["nova_cell0"])
        stack.manage("db", "sync")
        stack.manage("cell_v2", "create_cell", "--name", "cell1", "--database_connection",
                     database["nova_cell1"], "--transport-url", stack.places.rabbit)
        for name in PROCESSES:
            stack.start(name)
        yield Bench(ground)
    finally:
        ground.clear()
