"""What every process does around its work: options, logs, signals, health, the end."""

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from oslo_config import cfg

from nova import conf as options
from nova.errors import ConfigurationFailure, NovaError

LOG = logging.getLogger(__name__)

MONITORING_PORTS = {"nova-conductor": 8784, "nova-scheduler": 8785, "nova-compute": 8786}


class Work(Protocol):
    """The work of a process.  `start` returns when it is ready; `stop` when it is over."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


Build = Callable[[cfg.ConfigOpts], Work]


def main(program: str, build: Build, argv: Sequence[str] | None = None) -> int:
    """Run `program` until a signal ends it; the process's exit code.

    What its operator wrote wrong is one line on stderr and exit code 1.
    """
    try:
        conf = options.load(program, argv, parsed=_choose_concurrency)
        _log(conf, program)
        work = build(conf)
        return _run(conf, program, work)
    except ConfigurationFailure as error:
        print(f"{program}: {error.message}", file=sys.stderr)
        return 1
    except NovaError as error:
        print(f"{program}: cannot start: {error.message}", file=sys.stderr)
        return 1


def _choose_concurrency(conf: cfg.ConfigOpts) -> None:
    """Before anything else is imported that starts threads or opens sockets."""
    from oslo_service import backend

    if conf.concurrency_backend == "eventlet":
        import eventlet

        eventlet.monkey_patch()
        backend.init_backend(backend.BackendType.EVENTLET)
    else:
        backend.init_backend(backend.BackendType.THREADING)


def _log(conf: cfg.ConfigOpts, program: str) -> None:
    from oslo_log import log

    log.setup(conf, "nova")
    # What libraries tell about every message and connection is theirs to know.
    for noisy in ("amqp", "kombu", "oslo.messaging", "urllib3", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    LOG.info("%s starts", program)


def _run(conf: cfg.ConfigOpts, program: str, work: Work) -> int:
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    _report_on_signal(conf)
    starter = threading.Thread(target=_start, args=(program, work, ended), daemon=True)
    starter.start()
    while not ended.wait(3600):
        pass
    LOG.info("%s ends", program)
    work.stop()
    return 0


def _start(program: str, work: Work, ended: threading.Event) -> None:
    """Beside the main thread, so that a process that waits for its cloud can be stopped."""
    try:
        work.start()
        gc.collect()
        gc.freeze()
        LOG.info("%s is ready", program)
    except Exception as error:
        LOG.exception("%s could not start", program)
        print(f"{program}: could not start: {error}", file=sys.stderr)
        ended.set()


def _report_on_signal(conf: cfg.ConfigOpts) -> None:
    """SIGUSR2 writes a report of threads, configuration and versions to stderr."""

    def report(*_: Any) -> None:
        from oslo_reports import guru_meditation_report as gmr

        from nova import version

        gmr.TextGuruMeditation.signal = None
        print(gmr.TextGuruMeditation(version).run(), file=sys.stderr, flush=True)

    signal.signal(signal.SIGUSR2, report)


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
