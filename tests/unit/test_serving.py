"""The HTTP servers: where much else is open, and how they end."""

import os
import resource
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from waitress.trigger import trigger

from nova.standalone.web.serving import listen
from nova.wsgi.serve import HttpServer

FAR = 1100
LOOPBACK = "127.0.0.1"


def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]


@pytest.fixture
def many_open() -> Iterator[None]:
    """All numbers below 1024 belong to other files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * FAR:
        pytest.skip("this user may not open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * FAR), hard))
    with ExitStack() as ends:
        while True:
            number = os.open(os.devnull, os.O_RDONLY)
            ends.callback(os.close, number)
            if number > FAR:
                break
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def embedded() -> Iterator[int]:
    listener = listen("far", app, LOOPBACK, 0)
    yield listener.port
    listener.stop()


@contextmanager
def of_a_process() -> Iterator[int]:
    server = HttpServer(app, LOOPBACK, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.port
    server.stop()
    thread.join(20)


@pytest.mark.parametrize("serving", [embedded, of_a_process])
def test_it_serves_with_a_thousand_files_open(
    many_open: None, serving: Callable[[], Any]
) -> None:
    with serving() as port, urllib.request.urlopen(f"http://{LOOPBACK}:{port}/", timeout=10) as it:
        assert it.read() == b"served"


def test_a_server_is_stopped_while_something_else_wakes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = HttpServer(app, LOOPBACK, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    wake = trigger._physical_pull

    def woken_before(own: trigger) -> None:
        wake(own)
        thread.join(0.3)
        wake(own)

    monkeypatch.setattr(trigger, "_physical_pull", woken_before)
    server.stop()
    thread.join(20)
    assert not thread.is_alive()
