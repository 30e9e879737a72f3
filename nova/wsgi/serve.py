"""An HTTP server for one WSGI application: waitress, with a clean end."""

import logging
import socket
from collections.abc import Callable, Iterable
from typing import Any

from waitress.server import create_server

from nova.errors import ConfigurationFailure

LOG = logging.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


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
            max_request_body_size=1 << 40,
            clear_untrusted_proxy_headers=False,
        )

    def run(self) -> None:
        try:
            self._server.run()
        except OSError as error:
            LOG.debug("The listening socket was closed: %s", error)

    def stop(self) -> None:
        """Take no more requests, and answer those that were taken."""
        self._server.task_dispatcher.shutdown(timeout=20)
        # Closed by the thread that serves: a trigger closed here cannot wake it.
        self._server.trigger.pull_trigger(self._server.close)


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
