"""Tokens are what the identity service says of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration.placement_clients.processes import free_port, identity, placement


def _section(url: str) -> str:
    return (
        f"[keystone_authtoken]\nauth_url = {url}\nwww_authenticate_uri = {url}\n"
        "auth_type = password\nusername = placement\npassword = x\nproject_name = service\n"
        "user_domain_id = default\nproject_domain_id = default\nhttp_request_max_retries = 0\n"
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        identity() as keystone,
        placement(tmp_path_factory.mktemp("placement"), _section(keystone)) as one,
    ):
        yield one


def _status(url: str, token: str | None, path: str = "/resource_providers") -> int:
    headers = {"OpenStack-API-Version": "placement 1.39"}
    if token is not None:
        headers["X-Auth-Token"] = token
    return requests.get(url + path, headers=headers, timeout=30).status_code


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        (None, "/", 200),
        (None, "/resource_providers", 401),
        ("bad", "/resource_providers", 401),
        ("reader", "/resource_providers", 403),
        ("admin", "/resource_providers", 200),
        ("service", "/resource_providers", 200),
        ("reader", "/usages?project_id=p1", 200),
        ("reader", "/usages?project_id=p2", 403),
    ],
)
def test_who_may(url: str, token: str | None, path: str, status: int) -> None:
    assert _status(url, token, path) == status


def test_a_refusal_says_whom_to_ask(url: str) -> None:
    headers = {"OpenStack-API-Version": "placement 1.23"}
    answer = requests.get(f"{url}/resource_providers", headers=headers, timeout=30)
    assert answer.headers["WWW-Authenticate"].startswith("Keystone uri=")
    assert answer.json()["errors"][0]["code"] == "placement.undefined_code"
    assert answer.headers["OpenStack-API-Version"] == "placement 1.23"


def test_identity_that_does_not_answer(tmp_path: Path) -> None:
    with placement(tmp_path, _section(f"http://127.0.0.1:{free_port()}")) as url:
        assert _status(url, "admin") == 503
        assert _status(url, None, "/healthz") == 200
