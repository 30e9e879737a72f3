"""Identity by tokens, against a real identity service on the loopback."""

import json
import socket
import urllib.request
from collections.abc import Iterator

import pytest
import webob
from keystoneauth1 import loading
from keystonemiddleware import opts
from oslo_config import cfg

from nova.api.app import build_app
from nova.api.identity.keystone import keystone
from nova.api.routes import all_routes
from nova.core.clock import RealClock
from nova.standalone.identity.app import build_identity
from nova.standalone.identity.seed import Seed, SeedService, default_users
from nova.standalone.web.serving import listen
from tests.api.world import World

PASSWORD = "secret"


@pytest.fixture(scope="module")
def identity() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    services = (SeedService("identity", "keystone", f"{url}/v3"),)
    built = build_identity(Seed(default_users(PASSWORD), services), RealClock())
    server = listen("identity", built.app, "127.0.0.1", port, threads=2)
    yield url
    server.stop()


@pytest.fixture(scope="module")
def world(identity: str) -> World:
    made = World()
    _register(made.conf)
    for name, value in {
        "auth_type": "password",
        "auth_url": f"{identity}/v3",
        "username": "nova",
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
        "www_authenticate_uri": identity,
    }.items():
        made.conf.set_override(name, value, "keystone_authtoken")
    made.app = build_app(made.conf, made.seams, all_routes(), auth=keystone(made.conf))
    return made


def _register(conf: cfg.ConfigOpts) -> None:
    """What the middleware registers itself, but only after values could be set here."""
    for group, options in opts.list_auth_token_opts():
        conf.register_opts(options, group)
    loading.register_auth_conf_options(conf, "keystone_authtoken")
    conf.register_opts(loading.get_auth_plugin_conf_options("password"), "keystone_authtoken")


def token(identity: str, user: str, project: str) -> tuple[str, str]:
    """(token, project id)"""
    body = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {"name": user, "password": PASSWORD, "domain": {"id": "default"}}
                },
            },
            "scope": {"project": {"name": project, "domain": {"id": "default"}}},
        }
    }
    request = urllib.request.Request(
        f"{identity}/v3/auth/tokens",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["X-Subject-Token"], json.load(answer)["token"]["project"]["id"]


def get(world: World, path: str, token: str | None) -> webob.Response:
    request = webob.Request.blank(path)
    if token is not None:
        request.headers["X-Auth-Token"] = token
    return request.get_response(world.app)


def test_an_administrator(world: World, identity: str) -> None:
    secret, project = token(identity, "admin", "admin")
    assert get(world, "/v2.1/os-services", secret).json == {"services": []}
    assert get(world, f"/v2.1/{project}/flavors", secret).status_int == 200


def test_a_user(world: World, identity: str) -> None:
    secret, project = token(identity, "demo", "demo")
    assert get(world, "/v2.1/os-services", secret).status_int == 403
    assert get(world, "/v2.1/flavors", secret).status_int == 200
    assert get(world, f"/v2.1/{'f' * 32}/flavors", secret).status_int == 400
    assert project


@pytest.mark.parametrize("secret", [None, "nonsense"])
def test_nobody(world: World, identity: str, secret: str | None) -> None:
    answer = get(world, "/v2.1/flavors", secret)
    assert answer.status_int == 401
    assert answer.json["error"]["code"] == 401
    assert answer.json["error"]["message"] == "The request you have made requires authentication."
    assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{identity}"'
    assert answer.headers["X-Compute-Request-Id"].startswith("req-")


def test_documents_need_no_token(world: World) -> None:
    assert get(world, "/", None).status_int == 200
    assert get(world, "/v2.1", None).status_int == 200
