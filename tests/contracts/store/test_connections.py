"""Connections break, transactions lose races: callers need not know."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.db.engine import Database
from nova.db.failures import Duplicate, NoParent
from nova.db.opening import Options
from nova.errors import ConfigurationFailure
from nova.objects.store.errors import DatabaseUnavailable
from tests.databases import fresh_database, kinds

TABLES = sa.MetaData()
ROWS = sa.Table(
    "r", TABLES, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
)
CHILDREN = sa.Table("c", TABLES, sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("row", sa.Integer, sa.ForeignKey("r.id")))  # fmt: skip
KILL = {
    "mysql": "SELECT CONCAT('KILL ', id) FROM information_schema.processlist"
    " WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
}


@pytest.fixture(params=kinds())
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as url:
        made = Database(url, RealClock())
        TABLES.create_all(made.engine)
        made.write(lambda c: c.execute(sa.insert(ROWS), [{"id": 1, "n": 0}, {"id": 2, "n": 0}]))
        yield made
        made.close()


def value(database: Database, row: int = 1) -> int:
    query = sa.select(ROWS.c.n).where(ROWS.c.id == row)
    return database.read(lambda connection: connection.execute(query).scalar_one())


def add(connection: sa.Connection, row: int) -> None:
    connection.execute(sa.update(ROWS).where(ROWS.c.id == row).values(n=ROWS.c.n + 1))


def kill_all(database: Database) -> None:
    """End every connection to the database but one."""
    text = KILL.get(database.dialect)
    if text is None:
        pytest.skip("nothing to break")
    engine = sa.create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for found in connection.exec_driver_sql(text).scalars().all():
            if isinstance(found, str):
                connection.exec_driver_sql(found)
    engine.dispose()


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def work(connection: sa.Connection) -> None:
        add(connection, 1)
        raise KeyError

    with pytest.raises(KeyError):
        database.write(work)
    assert value(database) == 0


def test_broken_constraints_have_names(database: Database) -> None:
    with pytest.raises(Duplicate):
        database.write(lambda connection: connection.execute(sa.insert(ROWS), {"id": 1}))
    with pytest.raises(NoParent):
        database.write(lambda connection: connection.execute(sa.insert(CHILDREN), {"row": 99}))


def test_missing_tables_are_the_operators(database: Database) -> None:
    with pytest.raises(ConfigurationFailure, match="database refuses"):
        database.read(lambda connection: connection.execute(sa.text("SELECT * FROM missing")))


def test_idle_connections_may_break(database: Database) -> None:
    database.write(lambda connection: add(connection, 1))
    assert value(database) == 1
    kill_all(database)
    assert value(database) == 1
    kill_all(database)
    database.write(lambda connection: add(connection, 1))
    assert value(database) == 2


def test_a_transaction_whose_connection_breaks_is_done_again(database: Database) -> None:
    seen: list[int] = []

    def work(connection: sa.Connection) -> None:
        add(connection, 1)
        seen.append(1)
        if len(seen) == 1:
            kill_all(database)
        add(connection, 2)

    database.write(work)
    assert len(seen) == 2
    assert (value(database), value(database, 2)) == (1, 1)


def test_what_deadlocks_is_done_again(database: Database) -> None:
    barrier = threading.Barrier(2)
    errors: list[BaseException] = []

    def run(first: int, second: int) -> None:
        attempts: list[int] = []

        def work(connection: sa.Connection) -> None:
            add(connection, first)
            attempts.append(1)
            if len(attempts) == 1 and database.dialect != "sqlite":
                barrier.wait(10)
            add(connection, second)

        try:
            database.write(work)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (value(database), value(database, 2)) == (2, 2)


def test_many_writers_lose_nothing(database: Database) -> None:
    others = [Database(database.url, RealClock()) for _ in range(3)]

    def run(own: Database) -> None:
        for _ in range(10):
            own.write(lambda connection: add(connection, 1))

    threads = [threading.Thread(target=run, args=(each,)) for each in others for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in others:
        each.close()
    assert value(database) == 60


def test_a_full_pool_is_told(database: Database) -> None:
    small = Database(
        database.url, RealClock(), Options(max_pool_size=1, max_overflow=0, pool_timeout=1)
    )

    def work(_connection: sa.Connection) -> Any:
        return value(small) if small.dialect == "sqlite" else small.write(lambda c: add(c, 1))

    with pytest.raises(DatabaseUnavailable, match="in use"):
        small.read(work) if small.dialect == "sqlite" else small.write(work)
    small.close()


def test_statements_can_be_watched(database: Database) -> None:
    seen: list[str] = []
    with database.observed(seen.append):
        value(database)
        database.write(lambda connection: add(connection, 1))
    value(database)
    assert [text.split()[0] for text in seen if text[:5] != "BEGIN"] == ["SELECT", "UPDATE"]
