"""The benchmark as a command."""

import argparse
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from nova.cmd import frugal
from nova.core.clock import RealClock
from nova.db.engine import Database
from nova.db.migrating import sync
from nova.db.urls import database_url
from tools.bench.listing_parts.asking import CELL1_UUID, Api, Pages
from tools.bench.listing_parts.filling import fill
from tools.daemons.mariadb import MariaDB


def main(arguments: list[str], usage: str) -> int:
    asked = _parser(usage).parse_args(arguments)
    counts = [int(count) for count in asked.counts.split(",")]
    with ExitStack() as ends:
        server = asked.url or ends.enter_context(_own_server())
        with _databases(server, ("api", "cell0", "cell")) as urls:
            frugal.begin()
            api = Api(urls)
            frugal.settled()
            ends.callback(api.close)
            for count in sorted(counts):
                fill(api.stores.api, api.stores.cell(CELL1_UUID), api.project, api.flavor, count)
                Pages(api, count, asked.times).show()
    return 0


def _parser(usage: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", default="1000,10000,100000")
    parser.add_argument("--times", type=int, default=20, help="requests for each kind of page")
    parser.add_argument("--url", help="of a MariaDB server; one is started without it")
    return parser


@contextmanager
def _own_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="nova-bench-") as folder:
        Path(folder).chmod(0o755)
        server = MariaDB.on_free_port(Path(folder), "bench")
        server.start()
        try:
            yield server.url()
        finally:
            server.stop()


@contextmanager
def _databases(server: str, names: tuple[str, ...]) -> Iterator[dict[str, sa.URL]]:
    """Made and migrated; gone afterwards."""
    engine = sa.create_engine(database_url(server, "--url"), isolation_level="AUTOCOMMIT")
    prefix = f"nova_bench_{uuid.uuid4().hex[:8]}"
    urls = {name: engine.url.set(database=f"{prefix}_{name}") for name in names}
    try:
        for name, url in urls.items():
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {url.database} CHARSET utf8mb4")
            database = Database(url, RealClock())
            sync(database, "api" if name == "api" else "cell")
            database.close()
        yield urls
    finally:
        with engine.connect() as connection:
            for url in urls.values():
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {url.database}")
        engine.dispose()
