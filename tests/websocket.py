"""A client of web sockets for tests: what a browser does, and says, as far as proxies care."""

import base64
import os
import socket
import ssl
import struct
from typing import Any


class Refused(Exception):
    """`status` is the HTTP code of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class WebSocket:
    def __init__(
        self, port: int, path: str, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1",
        **headers: str,
    ) -> None:
        """Raises Refused.  Underscores in the names of headers stand for hyphens."""
        self._socket: Any = socket.create_connection((host, port), 10)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
        self._read = b""
        self._stream = b""
        self.closed: int | None = None
        self._ask(path, {"Host": f"{host}:{port}", **headers})

    def _ask(self, path: str, headers: dict[str, str]) -> None:
        lines = [f"GET {path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: binary",
                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        if status != 101:
            raise Refused(status, self._read.decode("latin-1"))

    def send(self, data: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        length = len(data)
        size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + struct.pack("!H", length)
        self._socket.sendall(b"\x82" + size + mask + masked)

    def read(self, count: int) -> bytes:
        """So many bytes, whatever the frames; EOFError when it was closed before."""
        while len(self._stream) < count:
            self._frame()
        found, self._stream = self._stream[:count], self._stream[count:]
        return found

    def read_until(self, wanted: bytes) -> bytes:
        while wanted not in self._stream:
            self._frame()
        end = self._stream.index(wanted) + len(wanted)
        found, self._stream = self._stream[:end], self._stream[end:]
        return found

    def close(self) -> None:
        self._socket.close()

    __del__ = close

    def _frame(self) -> None:
        head = self._take(2)
        length = head[1] & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._take(8))
        content = self._take(length)
        if head[0] & 0x0F == 8:
            self.closed = struct.unpack("!H", content[:2])[0] if content else 1005
            raise EOFError(f"closed with {self.closed}: {content[2:].decode()}")
        self._stream += content

    def _take(self, count: int) -> bytes:
        while len(self._read) < count:
            self._more()
        found, self._read = self._read[:count], self._read[count:]
        return found

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError("the connection was closed")
        self._read += data
