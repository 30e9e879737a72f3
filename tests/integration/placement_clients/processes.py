"""A placement process of its own, and an identity service for it to ask."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def placement(folder: Path, *sections: str) -> Iterator[str]:
    """The URL of a placement process on SQLite; it must end well when told to."""
    config, port = folder / "placement.conf", free_port()
    database = f"[placement_database]\nconnection = sqlite:///{folder}/placement.db\n"
    config.write_text("\n".join([database + "sync_on_startup = true", *sections]))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nova.cmd.placement_api", "--config-file", str(config),
             "--host", "127.0.0.1", "--port", str(port)],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _await(process, port, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) == 0, (folder / "log").read_text()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(log.read_text())


class _Identity(BaseHTTPRequestHandler):
    """As much of identity v3 as keystonemiddleware asks; a token is its roles."""

    where = ""

    def log_message(self, *_anything: Any) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        if not self.path.startswith("/v3/auth/tokens"):
            url = f"http://{self.headers['Host']}/v3"
            links = [{"rel": "self", "href": url}]
            version = {"id": "v3.14", "status": "stable", "links": links}
            self._answer(200, {"version": version})
        elif self.headers["X-Subject-Token"].startswith("bad"):
            self._answer(404, {"error": {"code": 404, "message": "no such token"}})
        else:
            self._answer(200, _token(self.headers["X-Subject-Token"].split(",")))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201, _token(["service"]))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-Subject-Token", "service")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _token(roles: list[str]) -> dict[str, Any]:
    domain = {"id": "default", "name": "Default"}
    return {
        "token": {
            "methods": ["password"],
            "user": {"id": "u1", "name": "user", "domain": domain},
            "project": {"id": "p1", "name": "project", "domain": domain},
            "roles": [{"id": role, "name": role} for role in roles],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2020-01-01T00:00:00.000000Z",
            "audit_ids": ["a"],
            "catalog": [_service()],
        }
    }


def _service() -> dict[str, Any]:
    url = f"http://{_Identity.where}/v3"
    endpoint = {"id": "e", "interface": "internal", "region": "r", "region_id": "r", "url": url}
    return {"id": "s", "name": "keystone", "type": "identity", "endpoints": [endpoint]}


@contextmanager
def identity() -> Iterator[str]:
    """The URL of an identity service that knows every token but bad ones."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Identity)
    _Identity.where = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
