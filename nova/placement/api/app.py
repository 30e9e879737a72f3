"""Put the service together."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg
from oslo_middleware import cors
from sqlalchemy import exc

from nova.core.clock import Clock
from nova.placement.api import auth
from nova.placement.api.auth import Wsgi
from nova.placement.api.dispatch import Dispatcher
from nova.placement.api.services import Services
from nova.placement.db.engine import Database, PoolOptions
from nova.placement.db.vocabulary import Vocabulary
from nova.placement.policies import Gate
from nova.placement.search.candidates import Settings
from nova.placement.search.question import Strategy
from nova.placement.search.searcher import Searcher

Start = Callable[..., Any]


def build_app(
    conf: cfg.ConfigOpts,
    *,
    database: Database,
    clock: Clock | None = None,
    warmed: Callable[[], None] | None = None,
) -> Wsgi:
    """The whole service as one WSGI application.

    `conf` comes from `nova.placement.conf.new_config` (read or just as it is),
    `database` has its schema already (`nova.placement.db.sync.sync`).  Nothing
    is shared between two applications but the database.  With `warmed` it begins
    at once, beside the caller, to read what the first search would have to read,
    and calls `warmed` when that is done.
    """
    services = build_services(conf, database, clock or database.clock)
    if warmed is not None:
        services.clock.spawn("placement-warm", services.searcher.warm, warmed)
    dispatcher = Dispatcher(services)
    app: Wsgi = auth.protect(dispatcher, dispatcher.refuse, conf)
    if conf.cors.allowed_origin:
        app = cors.CORS(app, conf)
    open_pages: dict[str, Wsgi] = {
        "/healthz": _Health(database),
        "/metrics": dispatcher.metrics_page,
    }
    return _Front(app, open_pages)


def build_services(conf: cfg.ConfigOpts, database: Database, clock: Clock) -> Services:
    vocabulary = Vocabulary()
    settings = Settings(
        randomize=conf.placement.randomize_allocation_candidates,
        most=conf.placement.max_allocation_candidates,
        strategy=Strategy(conf.placement.allocation_candidates_generation_strategy),
    )
    return Services(
        database=database,
        vocabulary=vocabulary,
        searcher=Searcher(database, vocabulary, settings),
        gate=Gate(conf),
        clock=clock,
        nobody=(
            conf.placement.incomplete_consumer_project_id,
            conf.placement.incomplete_consumer_user_id,
        ),
    )


def pool_options(conf: cfg.ConfigOpts) -> PoolOptions:
    """How [placement_database] wants connections to be kept."""
    chosen = conf.placement_database
    return PoolOptions(
        size=chosen.max_pool_size,
        overflow=chosen.max_overflow,
        recycle=chosen.connection_recycle_time,
        timeout=chosen.pool_timeout,
        echo=chosen.connection_debug > 50,
        sqlite_synchronous=chosen.sqlite_synchronous,
        sql_mode=chosen.mysql_sql_mode,
        attempts=conf.placement.allocation_conflict_retry_count,
    )


class _Front:
    """Pages for operators, which need no token; the rest goes on."""

    def __init__(self, app: Wsgi, pages: dict[str, Wsgi]) -> None:
        self._app = app
        self._pages = pages

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        page = self._pages.get(environ.get("PATH_INFO", ""), self._app)
        return page(environ, start)


class _Health:
    """/healthz: whether this process can do its work now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, _environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        reason = self._trouble()
        status = "200 OK" if reason is None else "503 Service Unavailable"
        check = {"ok": True} if reason is None else {"ok": False, "reason": reason}
        answer = {"healthy": reason is None, "checks": {"database": check}}
        body = json.dumps(answer).encode()
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _trouble(self) -> str | None:
        try:
            self._database.read(lambda connection: connection.execute(sa.text("SELECT 1")).one())
        except exc.SQLAlchemyError as error:
            return str(error)
        return None
