"""What it costs to keep each decision, as a part of the work of deciding."""

import random
import threading
import time
import uuid

from nova.clients.placement import rest
from nova.conf import load
from nova.core.clock import RealClock
from nova.db.configured import open_stores
from nova.scheduler.host import SchedulerEndpoint
from tools.bench.cloud_parts.table import Table
from tools.bench.scheduler_parts.cloud import CONTEXT, Bench
from tools.bench.scheduler_parts.pure import server

COUNT = 300
WRITER = "decisions"


def table(bench: Bench) -> Table:
    """A scheduler in this process, without the bus, asks the real placement and writes to the
    real database."""
    found = Table("Keeping decisions, one at a time", (
        "hosts", "ms of CPU for each", "of that to keep it", "%"))
    state = bench.ground.stack.places.state
    conf, clock = load("nova", ["--config-file", str(state / "nova.conf")]), RealClock()
    stores = open_stores(conf, clock)
    endpoint = SchedulerEndpoint(
        conf, clock, stores, rest.connect(conf, clock), rng=random.Random(1))
    _place(endpoint, 30)
    began, kept = time.process_time(), _writing()
    _place(endpoint, COUNT)
    spent, kept = time.process_time() - began, _writing() - kept
    stores.close()
    found.row(bench.hosts, 1000 * spent / COUNT, 1000 * kept / COUNT, 100 * kept / spent)
    return found


def _place(endpoint: SchedulerEndpoint, count: int) -> None:
    for _ in range(count):
        endpoint.select(CONTEXT, [server(1, instance_uuid=str(uuid.uuid4()))], 2)
    endpoint.journal.settle(30)


def _writing() -> float:
    """Seconds of CPU that the thread which keeps decisions had."""
    [ident] = [one.ident for one in threading.enumerate() if one.name.startswith(WRITER)]
    return time.clock_gettime(time.pthread_getcpuclockid(ident or 0))
