"""A WSGI callable on a loopback port: waitress in a thread of its own."""

import logging
import select
import threading
from typing import Any

import waitress.server
from waitress import wasyncore

LOG = logging.getLogger(__name__)
# Images are uploaded through it; waitress spools a large body to a file.
LARGEST_BODY = 1 << 42


class Listener:
    """A serving port, from construction until `stop`."""

    def __init__(self, name: str, server: Any, sockets: dict[int, Any]) -> None:
        self.name = name
        self._server = server
        self._sockets = sockets
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"http-{name}", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.effective_port)

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the requests being served (at most `timeout` seconds) and close."""
        self._stopping = True
        self._server.trigger.pull_trigger()
        self._thread.join(timeout)
        self._server.task_dispatcher.shutdown(timeout=timeout)
        wasyncore.close_all(self._sockets, ignore_all=True)

    def _run(self) -> None:
        # select() fails once a descriptor's number passes 1023; eventlet's does not.
        polls = hasattr(select, "poll")
        while not self._stopping:
            wasyncore.loop(timeout=30, use_poll=polls, map=self._sockets, count=1)


class Late:
    """A WSGI callable that answers 503 until the real one is there."""

    def __init__(self) -> None:
        self._app: Any = _starting

    def open(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)


def _starting(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [("Retry-After", "1"), ("Content-Length", "0")])
    return [b""]


def listen(name: str, app: Any, host: str, port: int, threads: int = 8) -> Listener:
    """Serve `app`; port 0 picks a free one. Raises OSError when the port is taken."""
    try:
        return _listener(name, app, host, port, threads)
    except OSError as error:
        reason = f"cannot listen on {host} port {port}: {error.strerror}"
        raise OSError(error.errno, reason) from error


def _listener(name: str, app: Any, host: str, port: int, threads: int) -> Listener:
    sockets: dict[int, Any] = {}
    server = waitress.server.create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        channel_timeout=300,
        clear_untrusted_proxy_headers=True,
        map=sockets,
    )
    LOG.info("%s serves on %s:%s", name, host, server.effective_port)
    return Listener(name, server, sockets)
