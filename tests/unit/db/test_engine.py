"""Databases that cannot be reached, or make no sense."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.db.cell.store import SqlCellStore
from nova.db.engine import Database
from nova.db.opening import Options
from nova.db.urls import database_url, expand, masked
from nova.errors import ConfigurationFailure
from nova.objects.store.errors import DatabaseUnavailable

OPTION = "[database]connection"


class SleepingClock(RealClock):
    """Remembers how long it was asked to sleep, and does not."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize("text", [None, "", "nonsense", "mysql"])
def test_what_is_no_url_is_refused(text: str | None) -> None:
    with pytest.raises(ConfigurationFailure, match=r"\[database\]connection") as failure:
        database_url(text, OPTION)
    assert "\n" not in failure.value.message


@pytest.mark.parametrize("text", ["nosuch://host/db", "mysql+nosuch://host/db"])
def test_a_url_without_a_driver_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationFailure) as failure:
        Database(database_url(text, OPTION), RealClock())
    assert "\n" not in failure.value.message


def test_urls_mean_the_drivers_we_have() -> None:
    assert database_url("postgresql://h/d", OPTION).drivername == "postgresql+psycopg2"
    assert database_url("mysql://h/d", OPTION).drivername == "mysql+pymysql"
    assert database_url("mysql+pymysql://h/d", OPTION, "charset=utf8mb4").query == {
        "charset": "utf8mb4"
    }


@pytest.mark.parametrize("driver", ["mysql+pymysql", "postgresql+psycopg2"])
def test_nobody_listens(driver: str) -> None:
    clock = SleepingClock()
    url = sa.make_url(f"{driver}://user:secret@127.0.0.1:9/nova")
    database = Database(url, clock, Options(max_retries=2, retry_interval=7))
    with pytest.raises(DatabaseUnavailable) as failure:
        database.ping()
    assert "secret" not in failure.value.message and "\n" not in failure.value.message
    with pytest.raises(DatabaseUnavailable):
        database.wait()
    assert clock.slept == [7, 7]


@pytest.mark.parametrize(
    ("given", "slept"),
    [
        ({"use_db_reconnect": False}, []),
        ({}, [1, 2, 4, 5, 5]),
        ({"db_inc_retry_interval": False, "db_retry_interval": 3}, [3] * 5),
        ({"db_max_retries": 0}, []),
    ],
)
def test_work_waits_for_a_database_that_comes_back(
    given: dict[str, Any], slept: list[float]
) -> None:
    clock = SleepingClock()
    usual = {"use_db_reconnect": True, "db_max_retries": 5, "db_max_retry_interval": 5}
    url = sa.make_url("mysql+pymysql://user:secret@127.0.0.1:9/nova")
    with pytest.raises(DatabaseUnavailable):
        Database(url, clock, Options(**{**usual, **given})).ping()
    assert clock.slept == slept


def test_statements_may_tell_who_sent_them() -> None:
    database = Database(
        database_url("sqlite://", OPTION), RealClock(), Options(connection_trace=True)
    )
    seen: list[str] = []
    with database.observed(seen.append):
        database.ping()
    # Listeners hear of it in the order in which they came.
    assert seen[0].startswith("SELECT") and " -- " in seen[0]
    services = SqlCellStore("", database).services
    with database.observed(seen.append), pytest.raises(ConfigurationFailure):
        services.pulses("nova-compute")
    assert re.search(r" -- nova/db/cell/services\.py:\d+ ", seen[-1])


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    url = database_url(f"sqlite:///{tmp_path}/missing/nova.db", OPTION)
    with pytest.raises(DatabaseUnavailable, match="unable to open"):
        Database(url, RealClock()).ping()


def test_two_databases_in_memory_are_two() -> None:
    one, two = (Database(database_url("sqlite://", OPTION), RealClock()) for _ in range(2))
    one.write(lambda connection: connection.execute(sa.text("CREATE TABLE t (x INTEGER)")))
    with pytest.raises(ConfigurationFailure, match="no such table"):
        two.read(lambda connection: connection.execute(sa.text("SELECT x FROM t")))


@pytest.mark.parametrize(
    ("template", "base", "expected"),
    [
        ("{scheme}://{username}:{password}@{hostname}:{port}/nova_cell1?{query}",
         "mysql+pymysql://nova:pw@db:3306/nova?charset=utf8",
         "mysql+pymysql://nova:pw@db:3306/nova_cell1?charset=utf8"),
        ("{scheme}:///{path}_cell0", "sqlite:////var/nova.db", "sqlite:////var/nova.db_cell0"),
        ("rabbit://{username1}:{password1}@{hostname1}:{port1},{username2}:{password2}"
         "@{hostname2}:{port2}/cell1", "rabbit://a:b@one:1,c:d@two:2/",
         "rabbit://a:b@one:1,c:d@two:2/cell1"),
        ("mysql://fixed/db", "mysql://other/db", "mysql://fixed/db"),
    ],
)  # fmt: skip
def test_templates_are_filled(template: str, base: str, expected: str) -> None:
    assert expand(template, base) == expected


def test_a_template_with_a_strange_gap_is_refused() -> None:
    with pytest.raises(ConfigurationFailure, match="gap"):
        expand("{nothing}://", "mysql://h/d")


def test_passwords_are_hidden() -> None:
    assert masked("mysql://nova:pw@db/nova") == "mysql://nova:***@db/nova"
