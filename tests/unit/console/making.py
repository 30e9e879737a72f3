"""A console proxy on a free port, and guests' ends that do as they are told."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nova.cmd.consoles import dial
from nova.console.gate import Gate
from nova.console.house import House
from nova.console.rfb.handshake import Trust
from nova.console.server import ProxyServer
from nova.core.clock import RealClock
from nova.objects.console import ConsoleToken
from tests import records
from tests.api.consoles import ScreenHost
from tests.cloud import configured
from tests.stores import CELL1_UUID, memory_stores

UUID = "b65cee2f-8c69-4aeb-be2f-f79742548fc2"
BASE = "http://127.0.0.1:6080/vnc_auto.html"
Behaviour = Callable[[socket.socket], None]


class Hosts:
    """HostCalls to one host whose screens are where a test put them."""

    def __init__(self) -> None:
        self.host = ScreenHost()

    def ask(self, context: Any, cell: str, host: str, question: str, instance: Any,
            arguments: Any) -> Any:
        return self.host.ask(context, question, instance, arguments)


class Proxy:
    def __init__(self, types: tuple[str, ...] = ("novnc", "serial", "spice-html5"),
                 trust: Trust | None = None, web: str | None = None,
                 tls: ssl.SSLContext | None = None, tls_only: bool = False,
                 **options: Any) -> None:
        self.clock = RealClock()
        self.conf = configured(**options)
        self.cell = memory_stores(self.clock).cell(CELL1_UUID)
        server = records.instance(uuid=UUID, host="host1")
        self.cell.operations.create(server, records.operation(UUID))
        self.hosts = Hosts()
        gate = Gate(self.conf, self.clock, self.cell, self.hosts, types)  # type: ignore[arg-type]
        house = House(self.clock, gate, dial, trust, web)
        listening = socket.create_server(("127.0.0.1", 0))
        self.server = ProxyServer(house, listening, tls, tls_only=tls_only)
        threading.Thread(target=self.server.run, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.port

    def grant(self, port: int, kind: str = "novnc", secret: str = "the-token",
              seconds: float = 60, **more: Any) -> str:
        """A token for a guest's end on a port; the path of a web socket with it."""
        from types import SimpleNamespace

        from nova.virt.contract import ScreenAddress

        place = SimpleNamespace(address=lambda uuid: ScreenAddress("127.0.0.1", port))
        for name in ("vnc", "spice", "serial"):
            setattr(self.hosts.host.driver, name, place)
        values = {"instance_uuid": UUID, "console_type": kind, "host": "127.0.0.1", "port": port,
                  "expires": int(self.clock.now().timestamp() + seconds),
                  "access_url_base": BASE, **more}
        self.cell.consoles.grant(secret, ConsoleToken(**values))
        return f"/?token={secret}"


@contextlib.contextmanager
def guest_end(behave: Behaviour) -> Iterator[int]:
    """The port of a server that takes connections and lets `behave` have them."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with contextlib.suppress(OSError, EOFError), connection:
                    connection.settimeout(10)
                    behave(connection)

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def take(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = connection.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def certificates(directory: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    certificate, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", str(key),
         "-addext", "subjectAltName=DNS:localhost", "-out", str(certificate)],
        check=True, capture_output=True)
    return certificate, key
