"""Connections and transactions.

All database work is a function of a connection, handed to `Database.read` or
`Database.write`: a transaction that lost a race is done again from its
beginning, and so is one whose connection turned out to be dead.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from nova.core.clock import Clock
from nova.db.failures import Duplicate, Meaning, NoParent, meaning, reason
from nova.db.opening import Options, open_engine
from nova.db.urls import is_memory
from nova.errors import ConfigurationFailure, NovaError
from nova.objects.store.errors import DatabaseUnavailable, PatternInvalid

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
Observer = Callable[[str], None]

_AWAY = {Meaning.DISCONNECTED, Meaning.UNREACHABLE}


class Database:
    """One database, reached by a writer and a reader engine.

    A reader sees what is committed at each of its statements; a writer runs at
    READ COMMITTED, where a conditional UPDATE is a compare-and-swap.  Raises
    ConfigurationFailure for a URL that no driver understands.
    """

    def __init__(
        self,
        url: sa.URL,
        clock: Clock,
        options: Options | None = None,
        *,
        replica: sa.URL | None = None,
    ) -> None:
        self.url = url
        self.clock = clock
        self.options = options or Options()
        self.dialect = url.get_backend_name()
        lite = self.dialect == "sqlite"
        self.engine = open_engine(url, self.options, "READ COMMITTED")
        self._reader = (
            self.engine if lite else open_engine(replica or url, self.options, "AUTOCOMMIT")
        )
        self._begin = "BEGIN IMMEDIATE" if lite else None
        # One connection is all an in-memory database has.
        self._alone: AbstractContextManager[Any] = clock.lock() if is_memory(url) else nullcontext()

    def read(self, work: Work[T]) -> T:
        """Answers what `work` found; it must not write."""
        return self._attempt(self._reading, work)

    def write(self, work: Work[T]) -> T:
        """`work` as one transaction, committed when it returns, undone when it raises.

        Duplicate and NoParent tell of broken constraints, DatabaseUnavailable
        of a database that does not answer: then it is unknown whether a commit
        that was under way took place.
        """
        return self._attempt(self._writing, work)

    def ping(self) -> None:
        """DatabaseUnavailable unless the database answers."""
        self.read(lambda connection: connection.execute(sa.select(sa.literal(1))).scalar())

    def wait(self) -> None:
        """At a start: wait for the database as long as the options say.

        ConfigurationFailure when it answers that we may not, or know not, enter.
        """
        left = self.options.max_retries
        while True:
            try:
                self.ping()
                return
            except DatabaseUnavailable:
                if left == 0:
                    raise
            left -= 1
            self.clock.sleep(self.options.retry_interval)

    @contextmanager
    def observed(self, observer: Observer) -> Iterator[None]:
        """Tell `observer` the text of every statement meanwhile."""

        def tell(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            observer(statement)

        engines = {self.engine, self._reader}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", tell)
        try:
            yield
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", tell)

    def close(self) -> None:
        self.engine.dispose()
        self._reader.dispose()

    def _attempt(self, run: Callable[[Work[T]], T], work: Work[T]) -> T:
        attempt = 0
        while True:
            try:
                return run(work)
            except exc.DBAPIError as error:
                attempt += 1
                found = meaning(error)
                if not self._may_repeat(error, found, attempt):
                    raise _told(error, found) from error
                self._pause(found, attempt)
            except exc.TimeoutError as error:
                raise DatabaseUnavailable(
                    service="The database", reason="all its connections are in use"
                ) from error

    def _may_repeat(self, error: exc.DBAPIError, found: Meaning, attempt: int) -> bool:
        in_bounds = self.options.db_max_retries < 0 or attempt <= self.options.db_max_retries
        if found is Meaning.LOST_RACE:
            return in_bounds
        if found not in _AWAY or getattr(error, "while_committing", False):
            return False
        # The pool is emptied when one connection is dead, so the next one is new.
        at_once = attempt == 1 and found is Meaning.DISCONNECTED
        return at_once or (self.options.use_db_reconnect and in_bounds)

    def _pause(self, found: Meaning, attempt: int) -> None:
        if found is Meaning.LOST_RACE:
            longest = min(0.01 * 2 ** min(attempt, 12), self.options.db_max_retry_interval)
            self.clock.sleep(random.uniform(0, longest))
        elif attempt > 1 or found is Meaning.UNREACHABLE:
            self.clock.sleep(self.options.reconnect_pause(attempt))

    def _reading(self, work: Work[T]) -> T:
        with self._alone, self._reader.connect() as connection:
            return work(connection)

    def _writing(self, work: Work[T]) -> T:
        with self._alone, self.engine.connect() as connection:
            try:
                if self._begin is not None:
                    connection.exec_driver_sql(self._begin)
                answer = work(connection)
            except BaseException:
                connection.rollback()
                raise
            _commit(connection)
            return answer


def _commit(connection: sa.Connection) -> None:
    try:
        connection.commit()
    except exc.DBAPIError as error:
        error.while_committing = True  # type: ignore[attr-defined]
        raise


def _told(error: exc.DBAPIError, found: Meaning) -> Exception:
    text = reason(error)
    if found is Meaning.DUPLICATE:
        return Duplicate(text)
    if found is Meaning.NO_PARENT:
        return NoParent(text)
    if found is Meaning.BAD_PATTERN:
        return PatternInvalid()
    if found is Meaning.MISCONFIGURED:
        return ConfigurationFailure(reason=f"The database refuses: {text}.")
    if found is Meaning.OTHER:
        return error
    return _unavailable(text)


def _unavailable(text: str) -> NovaError:
    return DatabaseUnavailable(service="The database", reason=text)
