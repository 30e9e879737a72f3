"""What it costs to keep each decision, as a part of the work of deciding."""

import random
import time
from typing import Any

from nova.conf import new_config
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.objects.decision_packing import pack
from nova.scheduler.host import SchedulerEndpoint
from tools.bench.cloud_parts.table import Table
from tools.bench.scheduler_parts.pure import Instantly, hosts, server

COUNT = 400


def table() -> Table:
    found = Table("Keeping decisions (CPU of the scheduler, all else answering at once)",
                  ("hosts named", "ms without", "ms with", "bytes kept"))
    for named in (100, 1000):
        without, _ = _spent(named, 0)
        kept, size = _spent(named, 7)
        found.row(named, without, kept, size)
    return found


def _spent(named: int, days: int) -> tuple[float, int]:
    """(ms of CPU for each decision, bytes of one record)"""
    conf = new_config()
    conf.set_override("decisions_kept_days", days, group="scheduling")
    at_once: Any = Instantly(hosts(1000, random.Random(0)), named)
    sizes: list[int] = []
    at_once.api.decisions.add = lambda some: sizes.extend(len(pack(d.findings)) for d in some)
    endpoint = SchedulerEndpoint(conf, RealClock(), at_once, at_once)
    context, specs = RequestContext(), [server(1)]
    endpoint.select(context, specs, 2)
    began = time.process_time()
    for _ in range(COUNT):
        endpoint.select(context, specs, 2)
    endpoint.journal.settle(30)
    return 1000 * (time.process_time() - began) / COUNT, max(sizes, default=0)
