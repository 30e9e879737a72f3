"""Listening for users: plain or TLS by their first byte, a thread for each."""

import logging
import select
import socket
import ssl
from pathlib import Path
from typing import Any

from nova.console.house import House
from nova.console.relay import close
from nova.console.session import Session

LOG = logging.getLogger(__name__)

# The first byte of a TLS handshake.
TLS_BYTES = (22, 128)
# Seconds in which a connection must say something.
PATIENCE = 10.0
VERSIONS = {
    "tlsv1_1": ssl.TLSVersion.TLSv1_1,
    "tlsv1_2": ssl.TLSVersion.TLSv1_2,
    "tlsv1_3": ssl.TLSVersion.TLSv1_3,
}


class ProxyServer:
    """`listening` is a socket that listens; `tls` None: nothing but plain connections;
    `tls_only`: none of them."""

    # What websockify reads of a server.
    file_only = True
    run_once = daemon = traffic = web_auth = verbose = False

    def __init__(
        self,
        house: House,
        listening: socket.socket,
        tls: ssl.SSLContext | None = None,
        *,
        tls_only: bool = False,
    ) -> None:
        self.house = house
        self.stopping = False
        self.ws_connection = False
        self.only_upgrade = house.web is None
        self.record = house.record
        self.handler_id = 0
        self._listening = listening
        self._tls = tls
        self._tls_only = tls_only

    @property
    def port(self) -> int:
        found: int = self._listening.getsockname()[1]
        return found

    def run(self) -> None:
        """Until `stop` is called elsewhere."""
        while not self.stopping:
            ready, _, _ = select.select([self._listening], [], [], 0.5)
            if ready:
                self._take()

    def stop(self) -> None:
        """Sessions see it within a second, and end."""
        self.stopping = True
        self._listening.close()

    def _take(self) -> None:
        try:
            connection, address = self._listening.accept()
        except OSError as error:
            LOG.debug("A connection was lost before it began: %s", error)
            return
        self.handler_id += 1
        self.house.clock.spawn(f"console-{self.handler_id}", self._serve, connection, address)

    def _serve(self, connection: socket.socket, address: Any) -> None:
        served: socket.socket | None = None
        try:
            served = self._secured(connection)
            if served is not None:
                Session(served, (address[0], address[1], served is not connection), self)
        except OSError as error:
            LOG.debug("Connection from %s: %s", address[0], error)
        finally:
            close(served or connection)

    def _secured(self, connection: socket.socket) -> socket.socket | None:
        """The connection to serve; None for one that may not be."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.settimeout(PATIENCE)
        first = connection.recv(1, socket.MSG_PEEK)
        if not first:
            return None
        if first[0] not in TLS_BYTES:
            return None if self._tls_only else connection
        if self._tls is None:
            LOG.info("Somebody speaks TLS, but there is no certificate")
            return None
        return self._tls.wrap_socket(connection, server_side=True)


def tls_context(
    certificate: str, key: str | None, ciphers: str | None, minimum: str
) -> ssl.SSLContext | None:
    """As the options say; None when there is no certificate."""
    if not Path(certificate).exists():
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key or None)
    if ciphers:
        context.set_ciphers(ciphers)
    if minimum in VERSIONS:
        context.minimum_version = VERSIONS[minimum]
    return context
