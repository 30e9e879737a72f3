"""What every process does around its work: options, logs, signals, health, the end."""

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from oslo_config import cfg

from nova import conf as options
from nova.cmd import frugal
from nova.cmd.crew import Crew
from nova.cmd.life import Life
from nova.cmd.life import Work as Work
from nova.cmd.report import report_of
from nova.errors import ConfigurationFailure

LOG = logging.getLogger(__name__)

# Groups of the libraries that only nova-api uses.
_OF_API = ("keystone_authtoken", "audit_middleware_notifications", "cors", "healthcheck",
           "oslo_middleware", "oslo_middleware_tracing")
MONITORING_PORTS = {
    "nova-conductor": 8784, "nova-scheduler": 8785, "nova-compute": 8786,
    "nova-metadata-api": 8787, "nova-novncproxy": 8788, "nova-serialproxy": 8789,
    "nova-spicehtml5proxy": 8790,
}  # fmt: skip


Build = Callable[[cfg.ConfigOpts], Work]
Hook = Callable[[cfg.ConfigOpts], None]


def main(
    program: str,
    build: Build,
    argv: Sequence[str] | None = None,
    *,
    arguments: Mapping[str, Sequence[str]] | None = None,
    prepare: Hook | None = None,
    parsed: Hook | None = None,
) -> int:
    """Run `program` until a signal ends it; the process's exit code.

    What its operator wrote wrong is one line on stderr and exit code 1.  `arguments`,
    `prepare` and `parsed` are those of nova.conf.load; the latter picks the concurrency.
    """
    frugal.begin()
    unread = () if program == "nova-api" else _OF_API
    try:
        conf = options.load(
            program, argv, arguments=arguments, prepare=prepare,
            parsed=parsed or choose_concurrency, unread=unread,
        )
        begin_logging(conf, program)
        settle(conf)
    except ConfigurationFailure as error:
        print(f"{program}: {error.message}", file=sys.stderr)
        return 1

    def make() -> Work:
        work = build(conf)
        frugal.settled()
        return work

    def live(number: int) -> int:
        apart(conf, number)
        patience = float(conf.graceful_shutdown_timeout)
        report = partial(report_of, program, conf)
        return Life(program, make, report, patience, partial(reread, conf)).live()

    count = workers(program, conf)
    return live(0) if count == 1 else Crew(count, live).live()


def workers(program: str, conf: cfg.ConfigOpts) -> int:
    """How many processes the program is; one, unless its options say otherwise.

    One does the work of many that are upstream's, so the number of cores is not the default.
    """
    asked = {"nova-conductor": conf.conductor.workers, "nova-scheduler": conf.scheduler.workers}
    return max(1, asked.get(program) or 1)


def apart(conf: cfg.ConfigOpts, number: int) -> None:
    """Workers on one machine listen on ports one after the other, if on chosen ones."""
    if number and conf.monitoring.port:
        conf.set_override("port", conf.monitoring.port + number, "monitoring")


def choose_concurrency(conf: cfg.ConfigOpts) -> None:
    """Before anything else is imported that starts threads or opens sockets."""
    if conf.concurrency_backend != "eventlet":
        frugal.without_eventlet()
    from oslo_service import backend

    if conf.concurrency_backend == "eventlet":
        import eventlet

        eventlet.monkey_patch()
        backend.init_backend(backend.BackendType.EVENTLET)
    else:
        backend.init_backend(backend.BackendType.THREADING)


def begin_logging(conf: cfg.ConfigOpts, program: str) -> None:
    from oslo_log import log

    log.setup(conf, "nova")
    # What libraries tell about every message and connection is theirs to know.
    for noisy in ("amqp", "kombu", "oslo.messaging", "urllib3", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    LOG.info("%s starts", program)


def reread(conf: cfg.ConfigOpts) -> None:
    """Take over what changed in the files of options that may change while the process runs;
    of others the library warns.  A file that makes no sense changes nothing."""
    try:
        changed = conf.mutate_config_files()
    except (cfg.Error, OSError, UnicodeDecodeError) as error:
        LOG.error("The configuration stays as it is: %s", " ".join(str(error).split()))
        return
    names = sorted(f"[{group or 'DEFAULT'}]{name}" for group, name in changed)
    LOG.info("The configuration was read again: %s changed", ", ".join(names) or "nothing")


def settle(conf: cfg.ConfigOpts) -> None:
    """What options mean for the whole process."""
    if conf.service_down_time <= conf.report_interval:
        longer = int(conf.report_interval * 2.5)
        LOG.warning("[DEFAULT]service_down_time is %s from now on: services report each %s s only",
                    longer, conf.report_interval)
        conf.set_override("service_down_time", longer)
    # For files of a moment, those of libraries included.
    if conf.tempdir:
        if not os.path.isdir(conf.tempdir):
            raise ConfigurationFailure(reason=f"[DEFAULT]tempdir is no directory: {conf.tempdir}")
        tempfile.tempdir = conf.tempdir


class Monitored:
    """Work with its health and metrics on a port of its own."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        program: str,
        work: Any,
        health: Callable[[], Mapping[str, str]],
    ) -> None:
        self._conf = conf
        self._program = program
        self._work = work
        self._health = health
        self._server: Any = None
        self._ready = False

    def start(self) -> None:
        self._listen()
        self._work.start()
        self._ready = True

    def health(self) -> Mapping[str, str]:
        """Who asks before the work has begun shall not send work here yet."""
        return {"start": "ok" if self._ready else "still starting", **self._health()}

    def stop(self) -> None:
        self._work.stop()
        if self._server is not None:
            self._server.stop()

    def _listen(self) -> None:
        wish = self._conf.monitoring.port
        if wish == 0:
            return
        from nova.wsgi.monitoring import build_app
        from nova.wsgi.serve import HttpServer

        app, listen = build_app(self.health), self._conf.monitoring.listen
        try:
            port = MONITORING_PORTS[self._program] if wish is None else wish
            self._server = HttpServer(app, listen, port, threads=2)
        except ConfigurationFailure:
            if wish is not None:
                raise
            self._server = HttpServer(app, listen, 0, threads=2)
        LOG.info("Health and metrics on %s port %s", listen, self._server.port)
        threading.Thread(target=self._server.run, name="monitoring", daemon=True).start()
