"""What is counted of requests, in the format of Prometheus."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from nova.api.wsgi import REQUEST_ID, ROUTE, VERSION, Environ, StartResponse, Wsgi

LOG = logging.getLogger(__name__)

_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measures:
    """Counts and times by route and status, and one log line for each request."""

    def __init__(self, registry: CollectorRegistry, monotonic: Callable[[], float]) -> None:
        self._registry = registry
        self._monotonic = monotonic
        self._requests = Counter(
            "nova_api_requests", "Requests answered", ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "nova_api_request_seconds", "Time from request to answer", ("method", "route"),
            registry=registry, buckets=_BUCKETS,
        )

    def around(self, app: Wsgi) -> Wsgi:
        def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            began = self._monotonic()
            said: list[str] = []

            def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
                said[:] = [status[:3]]
                return start_response(status, headers, error)

            try:
                return app(environ, start)
            finally:
                self._note(environ, said[0] if said else "500", self._monotonic() - began)

        return answer

    def page(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """/metrics"""
        body = generate_latest(self._registry)
        start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
        return [body]

    def _note(self, environ: Environ, status: str, seconds: float) -> None:
        method, route = environ["REQUEST_METHOD"], environ.get(ROUTE, "-")
        if route == "-":
            method = "-"
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)
        LOG.info(
            '%s "%s %s" status: %s time: %.7f microversion: %s', environ[REQUEST_ID],
            environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), status, seconds,
            environ.get(VERSION, "-"),
        )
