"""A way to the broker that can be cut: what happens to a connection when a network fails."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Passes bytes both ways between whoever connects to `url` and the real broker."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        port = self._listener.getsockname()[1]
        user = self._target.netloc.rpartition("@")[0]
        return urlunsplit(self._target._replace(netloc=f"{user}@127.0.0.1:{port}"))

    def cut(self) -> int:
        """Break all connections that there are; how many that were."""
        broken, self._pairs = self._pairs, []
        for pair in broken:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        return len(broken)

    def refuse(self) -> None:
        """Break all, and let nobody in any more."""
        self._open = False
        self.cut()

    def admit(self) -> None:
        self._open = True

    def close(self) -> None:
        self.refuse()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._open:
                    near.close()
                    continue
                far = socket.create_connection((self._target.hostname, self._target.port))
                self._pairs.append((near, far))
                for here, there in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(here, there), daemon=True).start()


def _pump(here: socket.socket, there: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_RDWR)
