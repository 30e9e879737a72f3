"""The beginning of RFB, between clients and servers that do it right or not."""

import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from nova.console.rfb.handshake import Trust
from nova.console.rfb.schemes import Certificates
from tests.unit.console.making import Proxy, certificates, guest_end, take
from tests.websocket import WebSocket

VERSION = b"RFB 003.008\n"
DONE = struct.pack("!I", 0)


def server(
    types: bytes = b"\x01", version: bytes = VERSION,
    prove: Callable[[socket.socket], socket.socket] = lambda connection: connection,
) -> Callable[[socket.socket], None]:
    """A VNC server that says its outcome, and then repeats what it hears."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(version)
        assert take(connection, 12) == VERSION
        connection.sendall(bytes((len(types),)) + types)
        if not types:
            connection.sendall(struct.pack("!I", 4) + b"busy")
            return
        assert take(connection, 1) in (b"\x01", b"\x13")
        talking = prove(connection)
        talking.sendall(DONE)
        while data := talking.recv(1000):
            talking.sendall(data)

    return behave


def begin(proxy: Proxy, port: int) -> WebSocket:
    client = WebSocket(proxy.port, proxy.grant(port))
    assert client.read(12) == VERSION
    client.send(VERSION)
    return client


def test_a_session_without_secrets() -> None:
    proxy = Proxy(trust=Trust(("none",)))
    with guest_end(server()) as port:
        client = begin(proxy, port)
        assert client.read(2) == b"\x01\x01"
        client.send(b"\x01")
        assert client.read(4) == DONE
        client.send(b"pointer")
        assert client.read(7) == b"pointer"
    proxy.server.stop()


def test_what_a_client_says_early_is_not_lost() -> None:
    proxy = Proxy(trust=Trust(("none",)))
    with guest_end(server()) as port:
        client = WebSocket(proxy.port, proxy.grant(port))
        client.send(VERSION + b"\x01" + b"hello")
        assert client.read(12 + 2 + 4 + 5) == VERSION + b"\x01\x01" + DONE + b"hello"
    proxy.server.stop()


@pytest.mark.parametrize(("types", "wanted"), [
    (b"\x02", ("none",)), (b"\x01", ("vencrypt",)), (b"", ("none",)),
])  # fmt: skip
def test_ends_that_cannot_agree(types: bytes, wanted: tuple[str, ...]) -> None:
    proxy = Proxy(trust=Trust(wanted))
    with guest_end(server(types)) as port:
        client = begin(proxy, port)
        assert client.read(1) == b"\0"
        (length,) = struct.unpack("!I", client.read(4))
        assert (b"busy" if not types else b"auth_schemes") in client.read(length)
        with pytest.raises(EOFError):
            client.read(1)
        assert client.closed == 1011
    proxy.server.stop()


@pytest.mark.parametrize("version", [b"RFB 003.003\n", b"SSH-2.0-open"])
def test_servers_of_another_time(version: bytes) -> None:
    proxy = Proxy(trust=Trust(("none",)))
    with guest_end(server(version=version)) as port:
        client = WebSocket(proxy.port, proxy.grant(port))
        with pytest.raises(EOFError):
            client.read(12)
    proxy.server.stop()


def test_a_client_that_wants_something_else() -> None:
    proxy = Proxy(trust=Trust(("none",)))
    with guest_end(server()) as port:
        client = begin(proxy, port)
        client.read(2)
        client.send(b"\x02")
        assert client.read(4) == struct.pack("!I", 1)
    proxy.server.stop()


def vencrypt(
    context: ssl.SSLContext, kinds: tuple[int, ...] = (260,), version: bytes = b"\x00\x02",
) -> Callable[[socket.socket], socket.socket]:
    def prove(connection: socket.socket) -> socket.socket:
        connection.sendall(version)
        take(connection, 2)
        connection.sendall(b"\0" + bytes((len(kinds),)) + struct.pack(f"!{len(kinds)}I", *kinds))
        assert struct.unpack("!I", take(connection, 4)) == (260,)
        connection.sendall(b"\1")
        return context.wrap_socket(connection, server_side=True)

    return prove


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates(tmp_path_factory.mktemp("pem"))


def demanding(pem: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's context that wants to see the proxy's certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pem[0]))
    context.load_cert_chain(*pem)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_certificates_on_both_sides(pem: tuple[Path, Path]) -> None:
    mine = Certificates(str(pem[0]), str(pem[0]), str(pem[1]))
    proxy = Proxy(trust=Trust(("vencrypt", "none"), mine))
    with guest_end(server(b"\x01\x13", prove=vencrypt(demanding(pem)))) as port:
        client = begin(proxy, port)
        client.read(2)
        client.send(b"\x01")
        assert client.read(4) == DONE
        flood = b"z" * 50000
        client.send(flood)
        assert client.read(len(flood)) == flood
    proxy.server.stop()


def test_servers_that_cannot_be_trusted(pem: tuple[Path, Path], tmp_path: Path) -> None:
    stranger = certificates(tmp_path)
    mine = Certificates(str(stranger[0]), str(stranger[0]), str(stranger[1]))
    good = demanding(pem)
    for prove in (vencrypt(good), vencrypt(good, (256,)), vencrypt(good, version=b"\x00\x01")):
        proxy = Proxy(trust=Trust(("vencrypt",), mine))
        with guest_end(server(b"\x13", prove=prove)) as port:
            client = begin(proxy, port)
            client.read(2)
            client.send(b"\x01")
            assert client.read(4) == struct.pack("!I", 1)
            with pytest.raises(EOFError):
                client.read(1000)
        proxy.server.stop()
