"""nova-placement-api: serve placement over HTTP until told to stop."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from oslo_config import cfg
from oslo_log import log
from sqlalchemy import exc

from nova.core.clock import Clock, RealClock
from nova.errors import ConfigurationFailure
from nova.placement import conf as placement_conf
from nova.placement import errors
from nova.placement.api.app import build_app, pool_options
from nova.placement.api.auth import Wsgi
from nova.placement.db import sync
from nova.placement.db.engine import Database
from nova.wsgi.serve import HttpServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1, and one line on stderr, when the service cannot start."""
    asked = _parser().parse_args(arguments)
    try:
        conf = configure(asked.config_file)
        clock = RealClock()
        database = open_database(conf, clock)
        app = build_app(conf, database=database, clock=clock, warm=True)
        return _serve(app, asked, clock)
    except (errors.CannotStart, ConfigurationFailure) as error:
        print(f"nova-placement-api: {_line(error)}", file=sys.stderr)
        return 1


def configure(files: Sequence[str], *, debug: bool = False) -> cfg.ConfigOpts:
    """Read `files` (the usual places when empty) and begin logging."""
    conf = placement_conf.new_config()
    placement_conf.read(conf, [], list(files) or _usual_files())
    if debug:
        conf.set_override("debug", True)
    log.setup(conf, "placement")
    return conf


def open_database(conf: cfg.ConfigOpts, clock: Clock, *, check: bool = True) -> Database:
    """Raises `errors.CannotStart` when it does not answer or has an old schema."""
    database = Database(placement_conf.database_url(conf), clock=clock, options=pool_options(conf))
    _reach(database, conf, clock)
    if conf.placement_database.sync_on_startup:
        sync.sync(database)
    if check and sync.version(database) != sync.head():
        raise errors.CannotStart(
            message="the placement database is not up to date: run placement-manage db sync"
        )
    return database


def _reach(database: Database, conf: cfg.ConfigOpts, clock: Clock) -> None:
    """Wait for the database to answer, as long as the configuration wants."""
    tries = conf.placement_database.max_retries
    while True:
        try:
            sync.version(database)
            return
        except exc.SQLAlchemyError as error:
            tries -= 1
            if tries == 0 or not isinstance(error, exc.OperationalError) or _hopeless(error):
                raise errors.CannotStart(
                    message=f"cannot use the placement database: {_line(error)}"
                ) from error
            clock.sleep(conf.placement_database.retry_interval)


# Errors of a server that answers: wrong password, no such database, no such file.
_REFUSALS = (
    1044, 1045, 1049, 1698, "28P01", "28000", "3D000",
)  # fmt: skip


def _hopeless(error: exc.OperationalError) -> bool:
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    text = str(error.orig)
    return (
        number in _REFUSALS
        or "unable to open database file" in text
        or "does not exist" in text
        or "authentication failed" in text
    )


def _usual_files() -> list[str]:
    return list(cfg.find_config_files(project="placement", prog="nova-placement-api"))


def _serve(app: Wsgi, asked: argparse.Namespace, clock: Clock) -> int:
    """Until a signal comes; requests that were taken are answered first."""
    server = HttpServer(app, asked.host, asked.port, threads=asked.threads)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    serving = clock.spawn("placement-http", server.run)
    print(
        f"nova-placement-api: listening on {asked.host}:{server.port}", file=sys.stderr, flush=True
    )
    ended.wait()
    server.stop()
    serving.join(timeout=1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nova-placement-api", description=__doc__)
    parser.add_argument("--config-file", action="append", default=[], metavar="FILE")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104
    parser.add_argument("--port", "-p", type=int, default=8778)
    parser.add_argument("--threads", type=int, default=8, help="requests served at once")
    return parser


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main())
