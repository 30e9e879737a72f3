"""nova-placement-api: serve placement over HTTP until told to stop."""

import argparse
import logging
import sys
from collections.abc import Sequence

from oslo_config import cfg
from oslo_log import log
from sqlalchemy import exc

from nova.cmd import frugal
from nova.cmd.life import Life
from nova.cmd.report import report_of
from nova.core.clock import Clock, RealClock, Task
from nova.placement import conf as placement_conf
from nova.placement import errors
from nova.placement.api.app import build_app, pool_options
from nova.placement.db import sync
from nova.placement.db.engine import Database
from nova.wsgi.serve import HttpServer

LOG = logging.getLogger(__name__)

_PROGRAM = "nova-placement-api"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1, and one line on stderr, when the service cannot start."""
    asked = _parser().parse_args(arguments)
    frugal.begin()
    try:
        conf = configure(asked.config_file)
    except errors.CannotStart as error:
        print(f"{_PROGRAM}: {_line(error)}", file=sys.stderr)
        return 1
    return Life(_PROGRAM, lambda: _Serving(conf, asked), lambda: report_of(_PROGRAM, conf)).live()


class _Serving:
    """The service as the work of a process."""

    def __init__(self, conf: cfg.ConfigOpts, asked: argparse.Namespace) -> None:
        self._clock = RealClock()
        self._database = open_database(conf, self._clock)
        app = build_app(conf, database=self._database, clock=self._clock, warmed=frugal.settled)
        self._server = HttpServer(app, asked.host, asked.port, threads=asked.threads)
        self._task: Task | None = None

    def start(self) -> None:
        self._task = self._clock.spawn("placement-http", self._server.run)

    def stop(self) -> None:
        """Requests that were taken are answered first."""
        self._server.stop()
        if self._task is not None:
            self._task.join(timeout=1)
        self._database.dispose()


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
            LOG.warning("The placement database does not answer yet: %s", _line(error))
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
    return list(cfg.find_config_files(project="placement", prog=_PROGRAM))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_PROGRAM, description=__doc__)
    parser.add_argument("--config-file", action="append", default=[], metavar="FILE")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104
    parser.add_argument("--port", "-p", type=int, default=8778)
    parser.add_argument("--threads", type=int, default=8, help="requests served at once")
    return parser


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main())
