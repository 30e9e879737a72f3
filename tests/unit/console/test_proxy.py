"""Sessions through a proxy: who gets in, what goes through, how it ends."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.console.server import tls_context
from tests.unit.console.making import Proxy, certificates, echo, guest_end, take
from tests.websocket import Refused, WebSocket


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.server.stop()


def refused(proxy: Proxy, path: str, **headers: str) -> int:
    with pytest.raises(Refused) as caught:
        WebSocket(proxy.port, path, **headers)
    return caught.value.status


def test_nothing_follows_the_head_of_a_refusal(proxy: Proxy) -> None:
    """Clients that take any answer for a console would read it as frames."""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
        connection.sendall(b"GET /?token=other HTTP/1.1\r\nHost: localhost\r\n"
                           b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(1000), b""))
    assert answer.startswith(b"HTTP/1.1 403 The token")
    assert answer.endswith(b"\r\n\r\n") and answer.count(b"\r\n\r\n") == 1


def test_bytes_go_through_both_ways(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        client = WebSocket(proxy.port, proxy.grant(port, "serial"))
        client.send(b"hello")
        assert client.read(5) == b"hello"
        flood = bytes(range(256)) * 200
        client.send(flood)
        assert client.read(len(flood)) == flood
        client.close()


def test_more_than_a_user_reads_at_once(proxy: Proxy) -> None:
    """A guest that writes much waits for its user, and nothing is lost."""
    size = 8 * 1024 * 1024

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"x" * size)

    with guest_end(pour) as port:
        client = WebSocket(proxy.port, proxy.grant(port, "serial"))
        time.sleep(0.3)
        assert client.read(size) == b"x" * size


def test_who_has_no_good_token(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        path = proxy.grant(port, "serial")
        assert refused(proxy, "/?token=other") == 403
        assert refused(proxy, "/") == 403
        assert refused(proxy, proxy.grant(port, "serial", "late", seconds=-1)) == 403
        assert refused(proxy, proxy.grant(port, "spice-direct", "native")) == 403
        proxy.cell.consoles.drop("b65cee2f-8c69-4aeb-be2f-f79742548fc2")
        assert refused(proxy, path) == 403


def test_a_token_whose_port_is_anothers_now(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        path = proxy.grant(port, "serial")
        proxy.grant(port + 1, "serial", "second")
        assert refused(proxy, path) == 403


def test_a_token_of_a_server_that_left(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        path = proxy.grant(port, "serial")
        proxy.cell.operations.discard("b65cee2f-8c69-4aeb-be2f-f79742548fc2")
        assert refused(proxy, path) == 403


def test_a_token_in_a_cookie(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        proxy.grant(port, "serial")
        client = WebSocket(proxy.port, "/", Cookie="a=b; token=the-token")
        client.send(b"hello")
        assert client.read(5) == b"hello"


@pytest.mark.parametrize(("origin", "more", "good"), [
    ("http://127.0.0.1:8080", {}, True),
    ("http://elsewhere:6080", {}, False),
    ("http://friend.example", {}, True),
    ("https://127.0.0.1", {}, False),
    ("http://127.0.0.1", {"X_Forwarded_Proto": "https"}, False),
    ("https://127.0.0.1", {"X_Forwarded_Proto": "http"}, True),
    ("null", {}, False),
    ("", {}, False),
])  # fmt: skip
def test_pages_of_others_are_refused(origin: str, more: dict[str, str], good: bool) -> None:
    proxy = Proxy(console__allowed_origins=["friend.example"])
    with guest_end(echo) as port:
        path = proxy.grant(port, "serial")
        if not good:
            assert refused(proxy, path, Origin=origin, **more) == 403
            return
        client = WebSocket(proxy.port, path, Origin=origin, **more)
        client.send(b"x")
        assert client.read(1) == b"x"
    proxy.server.stop()


@pytest.mark.parametrize(("base", "origin", "good"), [
    ("ws://127.0.0.1:6083/", "http://127.0.0.1", True),
    ("wss://127.0.0.1:6083/", "https://127.0.0.1", True),
    ("wss://127.0.0.1:6083/", "http://127.0.0.1", False),
    (None, "http://127.0.0.1", False),
])  # fmt: skip
def test_how_the_page_came(proxy: Proxy, base: str | None, origin: str, good: bool) -> None:
    with guest_end(echo) as port:
        path = proxy.grant(port, "serial", access_url_base=base)
        if good:
            WebSocket(proxy.port, path, Origin=origin).close()
        else:
            assert refused(proxy, path, Origin=origin) == 403


def test_a_guest_that_does_not_answer(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        pass
    client = WebSocket(proxy.port, proxy.grant(port, "serial"))
    with pytest.raises(EOFError):
        client.read(1)
    assert client.closed == 1011


def test_a_guest_that_hangs_up(proxy: Proxy) -> None:
    with guest_end(lambda connection: connection.sendall(b"bye")) as port:
        client = WebSocket(proxy.port, proxy.grant(port, "serial"))
        assert client.read(3) == b"bye"
        with pytest.raises(EOFError):
            client.read(1)
        assert client.closed == 1000


def test_a_session_ends_with_its_token_if_so_wished() -> None:
    proxy = Proxy(consoleauth__enforce_session_timeout=True)
    with guest_end(echo) as port:
        client = WebSocket(proxy.port, proxy.grant(port, "serial", seconds=3))
        client.send(b"x")
        assert client.read(1) == b"x"
        with pytest.raises(EOFError):
            client.read(1)
    proxy.server.stop()


def test_a_proxy_that_ends_lets_nobody_hang(proxy: Proxy) -> None:
    with guest_end(echo) as port:
        client = WebSocket(proxy.port, proxy.grant(port, "serial"))
        proxy.server.stop()
        with pytest.raises(EOFError):
            client.read(1)


@pytest.mark.parametrize(("answer", "good"), [
    (b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", True), (b"HTTP/1.1 404 No\r\n\r\n", False),
    (b"nonsense\r\n\r\n", False),
])  # fmt: skip
def test_consoles_behind_one_door(proxy: Proxy, answer: bytes, good: bool) -> None:
    asked = []

    def door(connection: socket.socket) -> None:
        asked.append(take(connection, len(b"CONNECT abc HTTP/1.1\r\n\r\n")))
        connection.sendall(answer)
        echo(connection)

    with guest_end(door) as port:
        path = proxy.grant(port, "serial", internal_access_path="abc")
        client = WebSocket(proxy.port, path)
        with contextlib.nullcontext() if good else pytest.raises(EOFError):
            client.send(b"x")
            assert client.read(1) == b"x"
    assert asked == [b"CONNECT abc HTTP/1.1\r\n\r\n"]


def test_pages(tmp_path: Path) -> None:
    (tmp_path / "vnc.html").write_text("hello")
    (tmp_path / "app").mkdir()
    proxy = Proxy(web=str(tmp_path))
    assert get(proxy, "/vnc.html") == (200, b"hello")
    assert get(proxy, "/app/")[0] == 404, "directories are not listed"
    assert get(proxy, "/../../etc/passwd")[0] == 404
    proxy.server.stop()


def test_no_pages(proxy: Proxy) -> None:
    assert get(proxy, "/vnc.html")[0] == 405


def get(proxy: Proxy, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_tls(tmp_path: Path) -> None:
    certificate, key = certificates(tmp_path)
    context = tls_context(str(certificate), str(key), None, "tlsv1_2")
    trusting: Any = ssl.create_default_context(cafile=str(certificate))
    for only in (False, True):
        proxy = Proxy(tls=context, tls_only=only)
        with guest_end(echo) as port:
            path = proxy.grant(port, "serial")
            client = WebSocket(proxy.port, path, tls=trusting)
            client.send(b"secret")
            assert client.read(6) == b"secret"
            if only:
                with pytest.raises((EOFError, ConnectionError)):
                    WebSocket(proxy.port, path)
            else:
                WebSocket(proxy.port, path).close()
        proxy.server.stop()


def test_tls_without_a_certificate(proxy: Proxy) -> None:
    assert tls_context("/nonexistent/self.pem", None, None, "default") is None
    with pytest.raises((EOFError, OSError)):
        WebSocket(proxy.port, "/", tls=ssl._create_unverified_context())
