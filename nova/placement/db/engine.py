"""Connections and transactions.

All database work is a function of a connection, handed to `Database.read` or
`Database.write`, because a transaction that lost a race (deadlock, locked
file, dropped connection) is simply done again from its beginning.
"""

import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import StaticPool

from nova.core.clock import Clock
from nova.core.connections import PatientPool, share_tls
from nova.placement import errors

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

# Driver numbers and SQLSTATEs that mean "rolled back, try again".
_LOST_RACE = {1205, 1213, 1020, "40001", "40P01"}


@dataclass(frozen=True, slots=True)
class PoolOptions:
    size: int = 5
    overflow: int = 50
    recycle: int = 3600
    timeout: int = 30
    echo: bool = False
    sqlite_synchronous: bool = True
    sql_mode: str | None = "TRADITIONAL"
    attempts: int = 10


class Database:
    """The placement database behind one SQLAlchemy URL.

    Readers see one consistent state for the whole function; writers see what
    is committed at each statement, which the row locks of `allocations` need.
    Raises `errors.CannotStart` for a URL that cannot be used at all.
    """

    def __init__(self, url: str, *, clock: Clock, options: PoolOptions | None = None) -> None:
        self.clock = clock
        self._options = options or PoolOptions()
        try:
            self.url = sa.make_url(url)
            self._writer = self._engine("READ COMMITTED")
            lite = self.dialect == "sqlite"
            self._reader = self._writer if lite else self._engine("REPEATABLE READ")
        except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
            raise errors.CannotStart(message=f"Bad database URL: {error}") from error
        self._serial: Any = clock.lock() if self._in_memory else nullcontext()

    @property
    def dialect(self) -> str:
        return self.url.get_backend_name()

    @property
    def engine(self) -> sa.Engine:
        return self._writer

    @property
    def _in_memory(self) -> bool:
        return self.dialect == "sqlite" and self.url.database in (None, "", ":memory:")

    def read(self, work: Work[T]) -> T:
        """`work` in a transaction that sees one state of the database."""
        return self._again(self._reader, work, "BEGIN")

    def write(self, work: Work[T]) -> T:
        """`work` in a transaction, committed when it returns."""
        return self._again(self._writer, work, "BEGIN IMMEDIATE")

    def dispose(self) -> None:
        self._reader.dispose()
        self._writer.dispose()

    def _again(self, engine: sa.Engine, work: Work[T], begin: str) -> T:
        attempt = 0
        while True:
            try:
                return self._once(engine, work, begin)
            except exc.DBAPIError as error:
                attempt += 1
                if not _transient(error) or attempt >= self._options.attempts:
                    raise
                self.clock.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))

    def _once(self, engine: sa.Engine, work: Work[T], begin: str) -> T:
        with self._serial, engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql(begin)
            result = work(connection)
            try:
                connection.commit()
            except exc.DBAPIError as error:
                # Nobody knows whether it was committed: not ours to repeat.
                error.connection_invalidated = False
                raise
            return result

    def _engine(self, isolation: str) -> sa.Engine:
        options = self._options
        if self.dialect == "sqlite":
            engine = self._sqlite_engine()
        else:
            engine = sa.create_engine(
                self.url,
                isolation_level=isolation,
                poolclass=PatientPool,
                echo=options.echo,
                pool_size=options.size,
                max_overflow=options.overflow,
                pool_recycle=options.recycle,
                pool_timeout=options.timeout,
            )
            share_tls(engine)
        if self.dialect in ("mysql", "mariadb"):
            event.listen(engine, "connect", _mysql_session(options.sql_mode))
        return engine

    def _sqlite_engine(self) -> sa.Engine:
        more: dict[str, Any] = {"poolclass": StaticPool} if self._in_memory else {}
        engine = sa.create_engine(
            self.url,
            echo=self._options.echo,
            connect_args={"check_same_thread": False, "timeout": 60},
            **more,
        )
        event.listen(engine, "connect", _sqlite_session(self._options.sqlite_synchronous))
        return engine


def _transient(error: exc.DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    cause = error.orig
    state = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None)
    number = cause.args[0] if cause is not None and cause.args else None
    return state in _LOST_RACE or number in _LOST_RACE or "database is locked" in str(cause)


def _sqlite_session(synchronous: bool) -> Callable[[Any, Any], None]:
    def begin_session(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: we choose the kind.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if synchronous else 'OFF'}")

    return begin_session


def _mysql_session(sql_mode: str | None) -> Callable[[Any, Any], None]:
    def begin_session(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION group_concat_max_len = 1048576")
            if sql_mode is not None:
                cursor.execute("SET SESSION sql_mode = %s", (sql_mode,))

    return begin_session
