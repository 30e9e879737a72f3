"""A clock that is moved by hand, and transports that misbehave on request."""

import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import requests
from requests.adapters import BaseAdapter

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class ManualClock:
    """Time passes only by `sleep`."""

    def __init__(self):
        self.slept = []

    def now(self):
        return EPOCH + timedelta(seconds=self.monotonic())

    def monotonic(self):
        return sum(self.slept)

    def sleep(self, seconds):
        self.slept.append(seconds)

    def lock(self) -> AbstractContextManager:
        return threading.Lock()


class Weather(BaseAdapter):
    """A transport over another that asks `storm(request)` before and `loss(request)` after.

    Either may raise; `loss` raising is an answer that was lost on its way.
    """

    def __init__(self, inner):
        super().__init__()
        self._inner = inner
        self.storm = lambda request: None
        self.loss = lambda request: None

    def send(self, request, **options):
        self.storm(request)
        response = self._inner.send(request, **options)
        self.loss(request)
        return response

    def close(self):
        self._inner.close()


def broken(*_):
    raise requests.exceptions.ConnectionError("Connection aborted.")


def once(match, action=broken):
    """`action` at the first request whose "METHOD url" contains `match`."""
    left = [1]

    def strike(request):
        if left and match in f"{request.method} {request.url}":
            left.pop()
            action(request)

    return strike


def weathered(transport):
    """(transport, Weather) of one made by session_for: every prefix is under the same sky."""
    weathers = []
    for prefix, inner in list(transport.adapters.items()):
        weather = Weather(inner)
        transport.mount(prefix, weather)
        weathers.append(weather)
    return transport, weathers


def answer(status, body, headers=()):
    """A WSGI app that always says the same."""

    def app(environ, start_response):
        environ["wsgi.input"].read()
        kind = ("Content-Type", "application/json")
        start_response(f"{status} Thing", [kind, ("Content-Length", str(len(body))), *headers])
        return [body]

    return app
