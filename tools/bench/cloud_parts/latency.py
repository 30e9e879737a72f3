"""How long single requests take, one after the other, and what they cost the API."""

import time
from collections.abc import Callable

from tools.bench.cloud_parts.table import Table
from tools.stack import usage
from tools.stack.customer import Customer
from tools.stack.ground import Ground


def table(running: Ground, customer: Customer, listed: int) -> Table:
    compute = customer.own["compute"]
    first = compute.get("/servers?limit=1")["servers"][0]["id"]
    whole = f"?limit={listed}"
    found = Table("Requests", ("", "p50 ms", "p99 ms", "CPU ms of nova-api"))
    for title, path, times in (
        ("GET server", f"/servers/{first}", 300),
        (f"list of {listed}", f"/servers{whole}", 30),
        (f"list of {listed}, with details", f"/servers/detail{whole}", 10),
        ("version document", "/", 300),
    ):
        _row(found, running, title, lambda path=path: compute.get(path), times)  # type: ignore[misc]
    return found


def _row(
    found: Table, running: Ground, title: str, ask: Callable[[], object], times: int
) -> None:
    ask()
    asked: list[float] = []
    with usage.spent(running.stack) as cpu:
        for _ in range(times):
            began = time.perf_counter()
            ask()
            asked.append((time.perf_counter() - began) * 1000)
    asked.sort()
    found.row(title, asked[times // 2], asked[min(times - 1, int(times * 0.99))],
              cpu["nova-api"] * 1000 / times)
