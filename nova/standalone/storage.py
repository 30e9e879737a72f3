"""SQLite for an embedded service: a file, or memory only.

One process owns the database. Writers take turns under one lock, so that a
read followed by a write inside `write()` is atomic (address allocation needs
that); readers of a file see the last committed state and wait for nobody.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000")


class Store:
    """The tables of `metadata`, made when missing.

    `changes` grows with every write that others' cached readings may depend on.
    """

    def __init__(self, metadata: sa.MetaData, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._in_memory = path is None
        self.changes = 0
        self._engine = _memory() if path is None else _file(path)
        sa.event.listen(self._engine, "connect", _prepare)
        metadata.create_all(self._engine)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        if self._in_memory:  # one connection for all threads
            with self._lock, self._engine.connect() as connection:
                yield connection
            return
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, counts: bool = True) -> Iterator[sa.Connection]:
        """A transaction, alone; rolled back when the block raises. Not re-entrant."""
        with self._lock:
            with self._engine.begin() as connection:
                yield connection
            # Only now: who reads the new number must find the new rows.
            self.changes += counts

    def close(self) -> None:
        self._engine.dispose()


def rows(connection: sa.Connection, statement: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def first(connection: sa.Connection, statement: Any) -> dict[str, Any] | None:
    row = connection.execute(statement).mappings().first()
    return None if row is None else dict(row)


def _memory() -> sa.Engine:
    return sa.create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )


def _file(path: Path) -> sa.Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)  # the helper files of SQLite get the same rights
    return sa.create_engine(
        f"sqlite:///{path}", pool_size=16, connect_args={"check_same_thread": False}
    )


def _prepare(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
