"""Placements a second, and how long one takes, by number of hosts and of those who ask."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from nova.rpc.calls import SchedulerCalls
from tools.bench.cloud_parts.table import Table
from tools.bench.scheduler_parts.cloud import CONTEXT, Bench
from tools.bench.scheduler_parts.pure import server
from tools.stack import usage

WARM_UP = 30


def table(bench: Bench, sizes: list[int], count: int) -> Table:
    found = Table(f"Placements of a plain flavor, {count} each", (
        "hosts", "asking at once", "a second", "p50 ms", "p99 ms", "CPU ms of nova-scheduler",
        "of nova-placement-api"))
    for size in sizes:
        bench.grow_to(size)
        calls = bench.calls()
        _lap(calls, WARM_UP, 1)
        for at_once in (1, 4):
            _row(found, bench, calls, count, at_once)
    return found


def _row(found: Table, bench: Bench, calls: SchedulerCalls, count: int, at_once: int) -> None:
    with usage.spent(bench.ground.stack) as cpu:
        began = time.perf_counter()
        spent = sorted(_lap(calls, count, at_once))
        seconds = time.perf_counter() - began
    each = {name: 1000 * cpu.get(name, 0.0) / count
            for name in ("nova-scheduler", "nova-placement-api")}
    found.row(bench.hosts, at_once, count / seconds, 1000 * spent[count // 2],
              1000 * spent[min(int(count * 0.99), count - 1)], *each.values())


def _lap(calls: SchedulerCalls, count: int, at_once: int) -> list[float]:
    """Seconds of each."""

    def place(_number: int) -> float:
        spec = server(1, instance_uuid=str(uuid.uuid4()))
        began = time.perf_counter()
        calls.select(CONTEXT, [spec], 2)
        return time.perf_counter() - began

    with ThreadPoolExecutor(at_once) as askers:
        return list(askers.map(place, range(count)))
