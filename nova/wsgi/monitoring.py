"""/healthz and /metrics of a process that serves no API."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import generate_latest

OK = "ok"


def build_app(health: Callable[[], Mapping[str, str]]) -> Callable[..., Iterable[bytes]]:
    """`health` answers {part: 'ok' or what is wrong}."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return _answer(start_response, "200 OK", "text/plain; version=0.0.4",
                           generate_latest())
        if environ["PATH_INFO"] == "/healthz":
            return _health(start_response, health())
        return _answer(start_response, "404 Not Found", "text/plain", b"Not found\n")

    return app


def _health(start_response: Callable[..., Any], parts: Mapping[str, str]) -> Iterable[bytes]:
    healthy = all(said == OK for said in parts.values())
    checks = {
        name: {"ok": True} if said == OK else {"ok": False, "reason": said}
        for name, said in parts.items()
    }
    body = json.dumps({"healthy": healthy, "checks": checks}).encode()
    status = "200 OK" if healthy else "503 Service Unavailable"
    return _answer(start_response, status, "application/json", body)


def _answer(
    start_response: Callable[..., Any], status: str, kind: str, body: bytes
) -> Iterable[bytes]:
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
