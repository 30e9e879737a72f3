"""The usual key service, asked over HTTP in the name of whoever asks.

What stands for Barbican and Keystone here knows as much of them as their clients need.
"""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from keystoneauth1 import loading

from nova.clients.keys.castellan import CastellanKeys, connect
from nova.clients.keys.contract import KeysUnavailable, SecretNotFound
from nova.conf import new_config
from nova.context import RequestContext, admin_context
from tests.certificates import authority

SIGNER = authority()
CERTIFICATE = "10000000-0000-4000-8000-000000000001"
NOBODY = "10000000-0000-4000-8000-000000000009"
USER = RequestContext(user_id="u", project_id="p1", auth_token="token-of-user")


class Cloud(ThreadingHTTPServer):
    """`logins` are the bodies of questions for tokens; `tokens` those that secrets were asked
    for with."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.logins: list[Any] = []
        self.tokens: list[str] = []
        self.secrets: dict[str, tuple[str, bytes]] = {
            CERTIFICATE: ("certificate", SIGNER.certificate.public_bytes(Encoding.PEM))
        }


class Handler(BaseHTTPRequestHandler):
    server: Cloud

    def log_message(self, *_words: Any) -> None:
        """Quietly."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/auth/tokens"):
            self.server.logins.append(body["auth"])
            token = {"methods": ["token"], "expires_at": "2999-01-01T00:00:00.000000Z",
                     "catalog": [], "project": {"id": "p1"}}  # fmt: skip
            return self._say(201, {"token": token}, **{"X-Subject-Token": "scoped"})
        secret_id = f"20000000-0000-4000-8000-{len(self.server.secrets):012d}"
        assert body["payload_content_encoding"] == "base64"
        self.server.secrets[secret_id] = (
            body["secret_type"], base64.b64decode(body["payload"]))
        return self._say(201, {"secret_ref": f"{self.server.url}/key/v1/secrets/{secret_id}"})

    def do_GET(self) -> None:
        if not self.path.startswith("/key/v1/secrets/"):
            return self._version()
        self.server.tokens.append(self.headers["X-Auth-Token"])
        secret_id = self.path.split("/")[4]
        if secret_id not in self.server.secrets:
            return self._say(404, {"title": "Not Found", "description": "no such secret"})
        kind, payload = self.server.secrets[secret_id]
        if self.path.endswith("/payload"):
            return self._send(200, payload, "application/octet-stream")
        return self._say(200, {
            "secret_ref": f"{self.server.url}/key/v1/secrets/{secret_id}", "name": "s",
            "status": "ACTIVE", "secret_type": kind, "created": "2026-01-01T00:00:00",
            "content_types": {"default": "application/octet-stream"},
        })  # fmt: skip

    def do_DELETE(self) -> None:
        found = self.server.secrets.pop(self.path.rpartition("/")[2], None)
        self._send(204 if found else 404, b"", "application/json")

    def _version(self) -> None:
        link = {"rel": "self", "href": f"{self.server.url}/identity/v3"}
        version = {"id": "v3.14", "status": "stable", "links": [link]}
        self._say(200, {"version": version})

    def _say(self, status: int, body: Any, **headers: str) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", **headers)

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        usual = {"Content-Type": kind, "Content-Length": str(len(body))}
        for name, value in {**usual, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def keys(cloud: Cloud) -> CastellanKeys:
    conf = new_config()
    made = connect(conf)
    assert conf.key_manager.backend == "barbican"
    made._service
    conf.set_override("auth_endpoint", f"{cloud.url}/identity/v3", group="barbican")
    conf.set_override("barbican_endpoint", f"{cloud.url}/key", group="barbican")
    cloud.logins.clear()
    cloud.tokens.clear()
    return made


def test_a_certificate_in_the_name_of_a_user(cloud: Cloud, keys: CastellanKeys) -> None:
    assert keys.certificate(USER, CERTIFICATE) == SIGNER.der
    (login,) = cloud.logins
    assert login["identity"]["token"] == {"id": "token-of-user"}
    assert login["scope"] == {"project": {"id": "p1"}}
    assert set(cloud.tokens) == {"scoped"}


def test_secrets_come_and_go(cloud: Cloud, keys: CastellanKeys) -> None:
    secret_id = keys.keep(USER, "of a test", "a word")
    assert cloud.secrets[secret_id][0] == "passphrase"
    assert keys.passphrase(USER, secret_id) == "a word"
    keys.forget(USER, secret_id)
    keys.forget(USER, secret_id)
    assert secret_id not in cloud.secrets


def test_what_it_does_not_have(keys: CastellanKeys) -> None:
    with pytest.raises(SecretNotFound, match=NOBODY):
        keys.certificate(USER, NOBODY)
    with pytest.raises(SecretNotFound, match=NOBODY):
        keys.passphrase(USER, NOBODY)


def test_in_the_name_of_this_service(cloud: Cloud, keys: CastellanKeys) -> None:
    conf = keys._conf
    conf.set_override("auth_type", "v3password", group="barbican_service_user")
    loading.register_auth_conf_options(conf, "barbican_service_user")
    for option in loading.get_plugin_loader("v3password").get_options():
        conf.register_opt(option._to_oslo_opt(), group="barbican_service_user")
    for name, value in {
        "auth_url": f"{cloud.url}/identity/v3", "username": "nova", "password": "secret",
        "user_domain_id": "default", "project_name": "service", "project_domain_id": "default",
    }.items():
        conf.set_override(name, value, group="barbican_service_user")
    assert keys.certificate(admin_context(), CERTIFICATE) == SIGNER.der
    (login,) = cloud.logins
    assert login["identity"]["password"]["user"]["name"] == "nova"


def test_one_that_is_away(keys: CastellanKeys) -> None:
    keys._conf.set_override("barbican_endpoint", "http://127.0.0.1:1", group="barbican")
    with pytest.raises(KeysUnavailable):
        keys.certificate(USER, CERTIFICATE)
