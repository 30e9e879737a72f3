"""Engines: one connection pool each, set up as the options say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import StaticPool

from nova.core.connections import PatientPool, share_tls
from nova.db.tracing import trace
from nova.db.urls import is_memory
from nova.errors import ConfigurationFailure

CONNECT_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Options:
    """oslo.db's options of one database, by their own names; times in seconds."""

    max_pool_size: int = 5
    max_overflow: int = 50
    pool_timeout: int | None = None
    connection_recycle_time: int = 3600
    connection_debug: int = 0
    connection_trace: bool = False
    max_retries: int = 10
    retry_interval: int = 10
    use_db_reconnect: bool = False
    db_max_retries: int = 20
    db_retry_interval: int = 1
    db_inc_retry_interval: bool = True
    db_max_retry_interval: int = 10
    sqlite_synchronous: bool = True
    mysql_sql_mode: str | None = "TRADITIONAL"
    mysql_wsrep_sync_wait: int | None = None

    def reconnect_pause(self, attempt: int) -> float:
        """Seconds before the `attempt`th (from 1) try to do work again on a new connection."""
        if not self.db_inc_retry_interval:
            return float(self.db_retry_interval)
        longer = self.db_retry_interval * 2 ** min(attempt - 1, 16)
        return float(min(longer, self.db_max_retry_interval))

    @classmethod
    def of(cls, group: Any) -> "Options":
        """The values of a configuration group ([database] or [api_database])."""
        return cls(**{name: getattr(group, name) for name in cls.__dataclass_fields__})


def open_engine(url: sa.URL, options: Options, isolation: str) -> sa.Engine:
    """An engine that connects when first used; ConfigurationFailure if it never can."""
    try:
        lite = url.get_backend_name() == "sqlite"
        engine = _sqlite(url, options) if lite else _server(url, options, isolation)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError, TypeError) as error:
        raise ConfigurationFailure(
            reason=f"No driver for the database URL {url.render_as_string()}: {error}"
        ) from error
    if options.connection_trace:
        trace(engine)
    return engine


def _server(url: sa.URL, options: Options, isolation: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        isolation_level=isolation,
        poolclass=PatientPool,
        echo=_echo(options),
        **_pool(options),
        pool_recycle=options.connection_recycle_time,
        # Transactions are always ended by us: giving back costs no round trip.
        pool_reset_on_return=None,
        skip_autocommit_rollback=True,
        connect_args={} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT},
    )
    share_tls(engine)
    if url.get_backend_name() in ("mysql", "mariadb"):
        event.listen(engine, "connect", _mysql_session(options))
    return engine


def _sqlite(url: sa.URL, options: Options) -> sa.Engine:
    more = {"poolclass": StaticPool} if is_memory(url) else _pool(options)
    engine = sa.create_engine(
        url,
        echo=_echo(options),
        pool_reset_on_return=None,
        connect_args={"check_same_thread": False, "timeout": 30},
        **more,
    )
    event.listen(engine, "connect", _sqlite_session(options.sqlite_synchronous))
    return engine


def _pool(options: Options) -> dict[str, Any]:
    return {
        "pool_size": options.max_pool_size,
        "max_overflow": options.max_overflow,
        "pool_timeout": options.pool_timeout or 30,
    }


def _echo(options: Options) -> bool | str:
    if options.connection_debug >= 100:
        return "debug"
    return options.connection_debug >= 50


def _sqlite_session(synchronous: bool) -> Callable[[Any, Any], None]:
    def begin(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: we choose the kind.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if synchronous else 'OFF'}")
        connection.create_function("REGEXP", 2, _matches, deterministic=True)

    return begin


def _matches(pattern: str, value: Any) -> bool:
    return value is not None and re.search(pattern, str(value)) is not None


def _mysql_session(options: Options) -> Callable[[Any, Any], None]:
    settings: dict[str, Any] = {"sql_mode": options.mysql_sql_mode}
    if options.mysql_wsrep_sync_wait is not None:
        settings["wsrep_sync_wait"] = options.mysql_wsrep_sync_wait
    wanted = {name: value for name, value in settings.items() if value is not None}

    def begin(connection: Any, _record: Any) -> None:
        if wanted:
            names = ", ".join(f"{name} = %s" for name in wanted)
            with connection.cursor() as cursor:
                cursor.execute(f"SET SESSION {names}", tuple(wanted.values()))

    return begin
