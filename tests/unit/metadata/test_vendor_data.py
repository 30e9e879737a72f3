"""Vendor data from a file, and from services that are really asked over HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nova.clients.vendordata.contract import VendorDataUnavailable
from nova.clients.vendordata.rest import connect
from nova.core.clock import RealClock
from tests.cloud import configured


class _Vendor(BaseHTTPRequestHandler):
    """Answers as its path says, and remembers what it was told."""

    heard: list[tuple[str, dict[str, str], Any]] = []

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, dict(self.headers), told))
        if self.path == "/silent":
            threading.Event().wait(2)
        body = {"/bad": b"no json", "/empty": b""}.get(self.path, b'{"rack": 7}')
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def vendor(targets: list[str], providers: str = "StaticJSON,DynamicJSON", **more: Any):
    conf = configured(api__vendordata_dynamic_targets=targets,
                      api__vendordata_providers=providers.split(","), **more)
    return connect(conf, RealClock())


def test_a_service_is_told_of_the_server(url: str) -> None:
    _Vendor.heard.clear()
    told = {"project-id": "p", "hostname": "web"}
    assert vendor([f"inventory@{url}/a", f"@{url}/b"]).dynamic(told) == {
        "inventory": {"rack": 7}, "": {"rack": 7}}
    path, headers, heard = _Vendor.heard[0]
    assert (path, heard) == ("/a", told)
    assert headers["User-Agent"] == "openstack-nova-vendordata"
    assert headers["Content-Type"] == headers["Accept"] == "application/json"
    assert "X-Auth-Token" not in headers


@pytest.mark.parametrize("path", ["/broken", "/bad", "/silent"])
def test_a_service_that_fails(url: str, path: str) -> None:
    options: dict[str, Any] = {"api__vendordata_dynamic_read_timeout": 1}
    targets = [f"bad@{url}{path}", f"good@{url}/a"]
    assert vendor(targets, **options).dynamic({}) == {"bad": {}, "good": {"rack": 7}}
    with pytest.raises(VendorDataUnavailable, match="bad"):
        vendor(targets, **options, api__vendordata_dynamic_failure_fatal=True).dynamic({})


def test_nobody_listens() -> None:
    assert vendor(["gone@http://127.0.0.1:9/"]).dynamic({}) == {"gone": {}}


def test_the_same_name_twice_and_an_empty_answer(url: str) -> None:
    _Vendor.heard.clear()
    assert vendor([f"x@{url}/empty", f"x@{url}/a"]).dynamic({}) == {"x": {}}
    assert [path for path, _, _ in _Vendor.heard] == ["/empty"]


def test_services_are_asked_only_when_chosen(url: str) -> None:
    _Vendor.heard.clear()
    assert vendor([f"x@{url}/a"], "StaticJSON").dynamic({}) == {}
    assert _Vendor.heard == []


def test_the_file(tmp_path: Path) -> None:
    file = tmp_path / "vendor.json"
    made = vendor([], "StaticJSON", api__vendordata_jsonfile_path=str(file))
    assert made.static() == {}, "there is none yet"
    file.write_text('{"banner": "hello"}')
    assert made.static() == {"banner": "hello"}
    file.write_text("{")
    assert made.static() == {}
    assert vendor([], "DynamicJSON", api__vendordata_jsonfile_path=str(file)).static() is None


class _Keystone(BaseHTTPRequestHandler):
    """Gives a token to whoever asks."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"token": {
            "expires_at": "2099-01-01T00:00:00.000000Z", "issued_at": "2020-01-01T00:00:00.0Z",
            "methods": ["password"], "catalog": [], "user": {"id": "u", "name": "nova",
            "domain": {"id": "default", "name": "Default"}}}}).encode()
        self.send_response(201)
        self.send_header("X-Subject-Token", "the-token")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def test_services_that_want_to_know_who_asks(url: str, tmp_path: Path) -> None:
    from nova.conf import load

    keystone = ThreadingHTTPServer(("127.0.0.1", 0), _Keystone)
    threading.Thread(target=keystone.serve_forever, daemon=True).start()
    file = tmp_path / "nova.conf"
    file.write_text(
        f"[api]\nvendordata_providers = DynamicJSON\nvendordata_dynamic_targets = x@{url}/a\n"
        "[vendordata_dynamic_auth]\nauth_type = v3password\nusername = nova\npassword = p\n"
        f"auth_url = http://127.0.0.1:{keystone.server_port}/v3\nuser_domain_id = default\n"
        "project_name = service\nproject_domain_id = default\n")
    conf = load("nova-metadata-api", [], [str(file)])
    _Vendor.heard.clear()
    assert connect(conf, RealClock()).dynamic({}) == {"x": {"rack": 7}}
    assert _Vendor.heard[0][1]["X-Auth-Token"] == "the-token"
    keystone.shutdown()
    keystone.server_close()
