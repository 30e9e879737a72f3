"""The HTTP server keeps connections, also after answers that have no body."""

import http.client
import threading

import pytest

from nova.wsgi.serve import HttpServer

ANSWERS = {
    "/empty": ("204 No Content", []),
    "/body": ("200 OK", [("Content-Length", "2")]),
    "/open": ("200 OK", []),
}


def app(environ, start_response):
    status, headers = ANSWERS[environ["PATH_INFO"]]
    start_response(status, list(headers))
    return iter(()) if status.startswith("204") else iter((b"o", b"k"))


@pytest.fixture
def port():
    server = HttpServer(app, "127.0.0.1", 0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.port
    server.stop()
    thread.join(10)


def kept(port, path, **headers):
    """Whether a second request goes over the same connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.connect()
    connection.auto_open = 0
    try:
        for _ in range(2):
            connection.request("PUT", path, headers=headers)
            connection.getresponse().read()
    except http.client.NotConnected:
        return False
    finally:
        connection.close()
    return True


def test_after_an_answer_without_a_body(port):
    assert kept(port, "/empty")
    assert kept(port, "/body")


def test_not_when_the_client_wants_its_end(port):
    assert not kept(port, "/empty", Connection="close")


def test_not_when_the_length_of_a_body_is_not_known(port):
    assert not kept(port, "/open")
