"""An HTTP server for one WSGI application: waitress, with a clean end."""

import logging
import select
import socket
from collections.abc import Callable, Iterable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

from nova.errors import ConfigurationFailure

LOG = logging.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Task(WSGITask):
    """An answer without a body has no length, and is complete all the same: the library would
    end the connection after it, and every claim in placement would need a new one."""

    _heading = False

    def build_response_header(self) -> bytes:
        self._heading = True
        try:
            header: bytes = super().build_response_header()
            return header
        finally:
            self._heading = False

    def set_close_on_finish(self) -> None:
        wanted = self.request.headers.get("CONNECTION", "").lower() != "close"
        if not (self._heading and wanted and self.version == "1.1" and not self.has_body):
            super().set_close_on_finish()


class _Channel(HTTPChannel):
    task_class = _Task


class HttpServer:
    """Listens from construction on; `run` serves until `stop` is called elsewhere."""

    def __init__(self, app: Wsgi, host: str, port: int, *, threads: int = 16) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server = create_server(
            app,
            sockets=[self._socket],
            threads=threads,
            ident=None,
            channel_timeout=75,
            connection_limit=1000,
            # select() fails once a descriptor's number passes 1023; eventlet's does not.
            asyncore_use_poll=hasattr(select, "poll"),
            max_request_body_size=1 << 40,
            clear_untrusted_proxy_headers=False,
        )
        self._server.channel_class = _Channel

    def run(self) -> None:
        try:
            self._server.run()
        except OSError as error:
            LOG.debug("The listening socket was closed: %s", error)

    def stop(self) -> None:
        """Take no more requests, and answer those that were taken."""
        self._server.task_dispatcher.shutdown(timeout=20)
        # Closed by the thread that serves: a trigger closed here cannot wake it.  It looks under
        # this lock, so another wake-up cannot have it closed before it is pulled.
        trigger = self._server.trigger
        with trigger.lock:
            trigger.thunks.append(self._server.close)
            trigger.pull_trigger()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise ConfigurationFailure(
            reason=f"Cannot listen on {host} port {port}: {error.strerror}"
        ) from error
    listening.listen(1024)
    return listening
