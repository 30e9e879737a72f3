"""How fast placement answers, over real HTTP, with one worker.

    python tools/bench/placement.py --database mysql+pymysql://root@127.0.0.1:3306/
        [--providers 1000 10000 50000] [--nested 1000 10000] [--rounds 100]

For each number of providers a database of that size is made (and dropped at
the end), `nova-placement-api` is started on it, and the median, the 95th
percentile and the memory of the process are printed.  Between two searches
something is claimed, so that no answer can come from a quiet cache.
"""

import argparse
import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.placement.db import sync
from nova.placement.db.engine import Database
from nova.placement.db.schema import (
    AGGREGATES,
    CLASSES,
    INVENTORIES,
    PROVIDER_AGGREGATES,
    PROVIDER_TRAITS,
    PROVIDERS,
    TRAITS,
)

_PORT = 38778
_CHILDREN = 8
_AGGREGATES = 20
_TRAITS = 30
_VM = "VCPU:2,MEMORY_MB:4096,DISK_GB:20"
_STOCK = {"VCPU": (64, 16.0), "MEMORY_MB": (262144, 1.0), "DISK_GB": (4000, 1.0)}


class Cloud:
    """The rows of one made-up cloud."""

    def __init__(self, database: Database, roots: int, *, nested: bool) -> None:
        self.database = database
        self.uuids = [str(uuid.uuid4()) for _ in range(roots)]
        self.aggregates = [str(uuid.uuid4()) for _ in range(_AGGREGATES)]
        self.nested = nested

    def fill(self) -> None:
        self.database.write(self._fill)

    def _fill(self, connection: sa.Connection) -> None:
        classes = dict(connection.execute(sa.select(CLASSES.c.name, CLASSES.c.id)).all())
        traits = list(
            connection.scalars(sa.select(TRAITS.c.id).order_by(TRAITS.c.name).limit(_TRAITS))
        )
        groups = [{"id": n + 1, "uuid": one} for n, one in enumerate(self.aggregates)]
        connection.execute(sa.insert(AGGREGATES), groups)
        roots = [_provider(n + 1, one, None, n + 1) for n, one in enumerate(self.uuids)]
        children = list(self._children()) if self.nested else []
        _bulk(connection, PROVIDERS, [*roots, *children])
        _bulk(connection, INVENTORIES, list(self._inventories(classes, children)))
        _bulk(connection, PROVIDER_TRAITS, [
            {"resource_provider_id": row["id"], "trait_id": trait}
            for row in roots for trait in traits[: _TRAITS - row["id"] % 3]
        ])  # fmt: skip
        _bulk(connection, PROVIDER_AGGREGATES, [
            {"resource_provider_id": row["id"], "aggregate_id": row["id"] % _AGGREGATES + 1}
            for row in roots
        ])  # fmt: skip

    def _children(self) -> Iterator[dict[str, Any]]:
        number = len(self.uuids)
        for root in range(1, len(self.uuids) + 1):
            for _ in range(_CHILDREN):
                number += 1
                yield _provider(number, str(uuid.uuid4()), root, root)

    def _inventories(
        self, classes: dict[str, int], children: list[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        for number in range(1, len(self.uuids) + 1):
            for name, (total, ratio) in _STOCK.items():
                yield _inventory(number, classes[name], total, ratio)
        for child in children:
            yield _inventory(child["id"], classes["PCI_DEVICE"], 1, 1.0)


def _provider(number: int, one: str, parent: int | None, root: int) -> dict[str, Any]:
    return {
        "id": number, "uuid": one, "name": one, "generation": 1,
        "parent_provider_id": parent, "root_provider_id": root,
    }  # fmt: skip


def _inventory(provider: int, number: int, total: int, ratio: float) -> dict[str, Any]:
    return {
        "resource_provider_id": provider, "resource_class_id": number, "total": total,
        "reserved": 0, "min_unit": 1, "max_unit": total, "step_size": 1,
        "allocation_ratio": ratio,
    }  # fmt: skip


def _bulk(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 5000):
        connection.execute(sa.insert(table), rows[start : start + 5000])


class Client:
    """One connection that stays open."""

    def __init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=120)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Auth-Token": "admin", "OpenStack-API-Version": "placement 1.39"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return json.loads(content) if content else None


class Bench:
    """The measured requests against one running service."""

    def __init__(self, client: Client, cloud: Cloud, rounds: int) -> None:
        self._client = client
        self._cloud = cloud
        self._rounds = rounds

    def cases(self) -> dict[str, Callable[[], Any]]:
        traits = self._client.call("GET", "/traits")["traits"]
        two = ",".join(sorted(traits)[:2])
        aggregate = self._cloud.aggregates[0]
        found = {
            "claim": self._claim,
            "candidates": self._search(f"resources={_VM}&limit=100"),
            "candidates, 2 traits, aggregate": self._search(
                f"resources={_VM}&limit=100&required={two}&member_of={aggregate}"
            ),
            "candidates, limit 1000": self._search(f"resources={_VM}&limit=1000"),
            "nowhere (too big)": self._search("resources=VCPU:2000,MEMORY_MB:1"),
            "nowhere (no such trait there)": self._search(
                f"resources={_VM}&required={sorted(traits)[-1]}"
            ),
        }
        return {**found, **self._granular()} if self._cloud.nested else found

    def _granular(self) -> dict[str, Callable[[], Any]]:
        groups = "&".join(f"resources_{n}=PCI_DEVICE:1" for n in range(_CHILDREN))
        one_more = f"{groups}&resources_x=PCI_DEVICE:1"
        query = f"resources={_VM}&group_policy=%s&limit=100&%s"
        return {
            "8 groups, isolate": self._search(query % ("isolate", groups)),
            "8 groups, none": self._search(query % ("none", groups)),
            "9 groups on 8 devices": self._search(query % ("none", one_more)),
        }

    def _search(self, query: str) -> Callable[[], Any]:
        return lambda: self._client.call("GET", f"/allocation_candidates?{query}")

    def _claim(self) -> None:
        amounts = dict(part.split(":") for part in _VM.split(","))
        resources = {name: int(amount) for name, amount in amounts.items()}
        body = {
            "allocations": {random.choice(self._cloud.uuids): {"resources": resources}},
            "project_id": "bench", "user_id": "bench", "consumer_generation": None,
            "consumer_type": "INSTANCE",
        }  # fmt: skip
        self._client.call("PUT", f"/allocations/{uuid.uuid4()}", body)

    def run(self) -> Iterator[tuple[str, list[float]]]:
        for name, case in self.cases().items():
            case()
            spent = []
            for _ in range(self._rounds):
                self._claim()
                begun = time.perf_counter()
                case()
                spent.append((time.perf_counter() - begun) * 1000)
            yield name, spent


@contextmanager
def service(url: str) -> Iterator[psutil.Process]:
    """`nova-placement-api` on the database at `url`."""
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "placement.conf")
        config.write_text(
            f"[api]\nauth_strategy = noauth2\n[placement_database]\nconnection = {url}\n"
        )
        command = [sys.executable, "-m", "nova.cmd.placement_api", "--config-file", str(config)]
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(_PORT)],
                stdout=nowhere, stderr=nowhere,
            )  # fmt: skip
        try:
            _await_service(process)
            yield psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _await_service(process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            Client().call("GET", "/healthz")
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the service did not start") from None
            time.sleep(0.1)
    raise RuntimeError("the service does not answer")


@contextmanager
def cloud(server: str, roots: int, *, nested: bool) -> Iterator[Cloud]:
    name = f"placement_bench_{os.getpid()}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            url = sa.make_url(server).set(database=name)
            text = url.render_as_string(hide_password=False)
            database = Database(text, clock=RealClock())
            sync.sync(database)
            made = Cloud(database, roots, nested=nested)
            made.fill()
            database.dispose()
            yield made
        finally:
            connection.execute(sa.text(f"DROP DATABASE {name}"))


def measure(server: str, roots: int, rounds: int, *, nested: bool) -> None:
    with cloud(server, roots, nested=nested) as made:
        url = made.database.url.render_as_string(hide_password=False)
        with service(url) as process:
            kind = f"{roots} trees of {_CHILDREN + 1}" if nested else f"{roots} providers"
            for name, spent in Bench(Client(), made, rounds).run():
                spent.sort()
                print(f"{kind:<22}{name:<34}median {statistics.median(spent):8.1f} ms"
                      f"   p95 {spent[int(len(spent) * 0.95)]:8.1f} ms", flush=True)  # fmt: skip
            memory = process.memory_info().rss / 2**20
            print(f"{kind:<22}{'memory of the process':<34}{memory:15.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--database", required=True, help="URL of a database server")
    parser.add_argument("--providers", type=int, nargs="*", default=[1000, 10_000, 50_000])
    parser.add_argument("--nested", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=100)
    asked = parser.parse_args()
    for roots in asked.providers:
        measure(asked.database, roots, asked.rounds, nested=False)
    for roots in asked.nested:
        measure(asked.database, roots, asked.rounds, nested=True)


if __name__ == "__main__":
    main()
