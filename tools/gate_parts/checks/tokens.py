"""Tokens of users that ended while a service worked for them."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tools.gate_parts import seed
from tools.gate_parts.checks.need import need, same
from tools.gate_parts.layout import Layout

NAME = "gate-tokens"
LIFE = 8


def tokens(layout: Layout) -> None:
    """One that has ended opens nothing by itself; in the hands of a service it does, in our
    API, and from there in Neutron's."""
    user: Any = seed.connection(layout, "demo")
    token = _short(user, layout)
    same(_status(layout, token), 200, "with a token")
    same(_status(layout, "nonsense"), 401, "with nonsense")
    time.sleep(LIFE + 2)
    same(_status(layout, token), 401, "with a token that expired")
    service = _token(layout, {"methods": ["password"], "password": {"user": {
        "name": "neutron", "domain": {"name": "Default"}, "password": layout.password,
    }}}, {"project": {"name": "service", "domain": {"name": "Default"}}})
    same(_status(layout, token, service), 200, "with an expired token, from a service")
    groups = _status(layout, token, service, "/os-security-groups")
    same(groups, 200, "an expired token handed on to Neutron")
    same(_status(layout, token, "nonsense"), 401, "with an expired token, from nobody")


def _short(user: Any, layout: Layout) -> str:
    """A token that lives for seconds, because what it was got with does."""
    mine = user.session.get_user_id()
    for old in user.identity.application_credentials(mine):
        user.identity.delete_application_credential(mine, old)
    made = user.identity.create_application_credential(
        mine, NAME, expires_at=(datetime.now(UTC) + timedelta(seconds=LIFE)).strftime(
            "%Y-%m-%dT%H:%M:%S.%f"),
    )
    return _token(layout, {"methods": ["application_credential"], "application_credential": {
        "id": made.id, "secret": made.secret,
    }})


def _token(layout: Layout, identity: Any, scope: Any = None) -> str:
    body = {"auth": {"identity": identity, **({"scope": scope} if scope else {})}}
    answer = requests.post(layout.url("identity", "/v3/auth/tokens"), json=body, timeout=60)
    need(answer.status_code == 201, f"no token: {answer.text}")
    return str(answer.headers["X-Subject-Token"])


def _status(layout: Layout, token: str, service: str = "", path: str = "/servers") -> int:
    headers = {"X-Auth-Token": token, **({"X-Service-Token": service} if service else {})}
    url = layout.url("compute", f"/v2.1{path}")
    return requests.get(url, headers=headers, timeout=60).status_code
