"""What stands in front of the API, asked over sockets as proxies and browsers do."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oslo_middleware import cors, http_proxy_to_wsgi

from nova.api.app import build_app
from nova.api.identity.noauth import noauth2
from nova.api.routes import all_routes
from nova.conf import load
from nova.core.clock import RealClock
from nova.wsgi.serve import HttpServer
from tests.api.world import PROJECT, World

TOKEN = {"X-Auth-Token": f"alice:{PROJECT}", "Content-Type": "application/json"}
ROOT = "/v2.1/"


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, what is answered (JSON or text), and headers by their small names."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, body, {**TOKEN, **named},
                     encode_chunked=not isinstance(body, bytes | None))
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        is_json = "json" in answer.headers.get("Content-Type", "")
        read = json.loads(text) if is_json and text else text
        return answer.status, read, {name.lower(): each for name, each in answer.getheaders()}


@contextmanager
def served(world: World) -> Iterator[Client]:
    app = build_app(world.conf, world.seams, all_routes(), auth=noauth2)
    server = HttpServer(app, "127.0.0.1", 0, threads=2)
    RealClock().spawn("http", server.run)
    try:
        yield Client(server.port)
    finally:
        server.stop()


def link(answer: Any) -> str:
    return str(answer[1]["version"]["links"][0]["href"])


def test_nobody_says_who_he_is_unless_an_operator_believes_it() -> None:
    told = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "cloud.example.com:443",
            "X_Forwarded_Prefix": "/compute"}  # fmt: skip
    with served(World()) as client:
        assert link(client.ask("/v2.1", **told)) == f"http://127.0.0.1:{client.port}/v2.1/"
    world = World()
    world.conf.register_opts(http_proxy_to_wsgi.OPTS, group="oslo_middleware")
    world.conf.set_override("enable_proxy_headers_parsing", True, "oslo_middleware")
    with served(world) as client:
        assert link(client.ask("/v2.1", **told)).startswith("https://cloud.example.com")
        assert link(client.ask("/v2.1", **told)).endswith("/compute/v2.1/")
    with served(World(wsgi__secure_proxy_ssl_header="HTTP_X_FORWARDED_PROTO")) as client:
        assert link(client.ask("/v2.1", **told)).startswith("https://127.0.0.1")
        assert link(client.ask("/v2.1")).startswith("http://127.0.0.1")


def test_bodies_have_a_limit_whether_they_tell_their_length_or_not() -> None:
    body = json.dumps({"keypair": {"name": "n" * 100}}).encode()
    with served(World(oslo_middleware__max_request_body_size=50)) as client:
        for sent in (body, iter([body[:30], body[30:]])):
            status, told, _ = client.ask("/v2.1/os-keypairs", "POST", sent)
            assert status == 413 and "Request is too large." in str(told)
        assert client.ask("/v2.1/os-keypairs")[0] == 200
    with served(World(oslo_middleware__max_request_body_size=len(body))) as client:
        for sent in (body, iter([body[:30], body[30:]])):
            assert client.ask("/v2.1/os-keypairs", "POST", sent)[0] in (200, 201, 409)


def test_browsers_of_other_origins() -> None:
    asked = {"Origin": "https://dash.example.com"}
    first = {**asked, "Access_Control_Request_Method": "DELETE",
             "Access_Control_Request_Headers": "X-Auth-Token"}  # fmt: skip
    with served(World()) as client:
        assert "access-control-allow-origin" not in client.ask(ROOT, **asked)[2]
    world = World()
    world.conf.register_opts(cors.CORS_OPTS, group="cors")
    world.conf.set_override("allowed_origin", ["https://dash.example.com"], "cors")
    with served(world) as client:
        status, _, headers = client.ask("/v2.1/flavors", **asked)
        assert (status, headers["access-control-allow-origin"]) == (200, asked["Origin"])
        assert "X-OpenStack-Nova-API-Version" in headers["access-control-expose-headers"]
        status, _, headers = client.ask("/v2.1/flavors", "OPTIONS", **first)
        assert status == 200 and "DELETE" in headers["access-control-allow-methods"]
        _, _, headers = client.ask("/v2.1/flavors", Origin="https://other.example.com")
        assert "access-control-allow-origin" not in headers


def test_load_balancers_ask_whether_it_is_alive(tmp_path: Path) -> None:
    sign = tmp_path / "away"
    file = tmp_path / "nova.conf"
    with served(World()) as client:
        assert client.ask("/healthcheck")[:2] == (200, "OK")
    file.write_text("[healthcheck]\nbackends = disable_by_file\n"
                    f"disable_by_file_path = {sign}\n")  # fmt: skip
    world = World()
    world.conf = load("nova-api", [], [str(file)])
    with served(world) as client:
        assert client.ask("/healthcheck", Accept="text/plain")[0] == 200
        sign.touch()
        status, said, _ = client.ask("/healthcheck", Accept="text/plain")
        assert status == 503 and "DISABLED BY FILE" in said
