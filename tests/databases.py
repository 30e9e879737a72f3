"""Databases to test against: SQLite always, servers when the environment names them.

NOVA_TEST_MYSQL_URL and NOVA_TEST_POSTGRES_URL are URLs of servers, with rights
to create databases: mysql+pymysql://root@127.0.0.1:3306/.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from nova.db.urls import database_url

SERVERS = {"mysql": "NOVA_TEST_MYSQL_URL", "postgresql": "NOVA_TEST_POSTGRES_URL"}


def kinds() -> list[str]:
    """The kinds of databases there are here."""
    return ["sqlite", *(kind for kind, name in SERVERS.items() if os.environ.get(name))]


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[sa.URL]:
    """The URL of an empty database that is gone afterwards."""
    name = f"nova_test_{uuid.uuid4().hex[:12]}"
    if kind == "sqlite":
        yield database_url(f"sqlite:///{folder / name}.db", "test")
        return
    server = database_url(os.environ[SERVERS[kind]], SERVERS[kind])
    _on_server(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name)
    finally:
        # Commands leave connections to the end of their process.
        by_force = " WITH (FORCE)" if kind == "postgresql" else ""
        _on_server(server, f"DROP DATABASE {name}{by_force}")


def _on_server(server: sa.URL, statement: str) -> None:
    anywhere = (
        server
        if server.get_backend_name() != "postgresql" or server.database
        else (server.set(database="postgres"))
    )
    engine = sa.create_engine(anywhere, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
