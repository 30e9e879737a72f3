"""The two ends of a session: the user's web socket, and the guest's TCP connection."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from nova.console.errors import TargetFailed
from nova.objects.console import ConsoleToken

Dial = Callable[[str, int], socket.socket]
# A longer head of an answer to CONNECT is none.
HEAD_BYTES = 4096


class End(Protocol):
    def read(self, count: int) -> bytes:
        """Exactly so many bytes; TargetFailed when the end closes before."""

    def write(self, data: bytes) -> None: ...


class TargetEnd:
    """A connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def read(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self.connection.recv(count - len(found))
            if not more:
                raise TargetFailed(reason="The guest's end closed the connection")
            found += more
        return found

    def write(self, data: bytes) -> None:
        self.connection.sendall(data)

    def wrap(self, context: ssl.SSLContext, name: str) -> None:
        """Go on under TLS."""
        self.connection = context.wrap_socket(self.connection, server_hostname=name)


def connect(dial: Dial, token: ConsoleToken) -> TargetEnd:
    """Raises TargetFailed."""
    try:
        target = TargetEnd(dial(token.host, token.port))
        if token.internal_access_path:
            _ask_for(target, token.internal_access_path)
    except OSError as error:
        raise TargetFailed(reason=f"{token.host} port {token.port}: {error}") from error
    return target


def _ask_for(target: TargetEnd, path: str) -> None:
    """Some hypervisors have one door for all consoles."""
    target.write(f"CONNECT {path} HTTP/1.1\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES:
        head += target.read(1)
    parts = head.split(b" ", 2)
    if len(parts) < 2 or parts[1] != b"200":
        target.connection.close()
        raise TargetFailed(reason="The hypervisor does not know the console")


class UserEnd:
    """The frames of a websockify request handler as a stream of bytes."""

    def __init__(self, handler: Any, wait: Callable[[Any], None]) -> None:
        """`wait` returns when the handler's connection has something to read."""
        self._handler = handler
        self._wait = wait
        self._rest = b""

    def read(self, count: int) -> bytes:
        while len(self._rest) < count:
            self._wait(self._handler.request)
            frames, closed = self._handler.recv_frames()
            self._rest += b"".join(frames)
            if closed:
                raise TargetFailed(reason="The user closed the connection")
        found, self._rest = self._rest[:count], self._rest[count:]
        return found

    def write(self, data: bytes) -> None:
        while self._handler.send_frames([data] if data else []):
            data = b""

    def left(self) -> Iterator[bytes]:
        """What was read ahead and not asked for."""
        if self._rest:
            yield self._rest
            self._rest = b""
