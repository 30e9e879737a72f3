"""How long tokens are good, and for whom."""

from datetime import UTC, datetime, timedelta

import pytest

from nova.core.clock import RealClock
from nova.standalone.auth import InvalidToken, TokenHeader
from nova.standalone.identity.app import build_identity
from nova.standalone.identity.seed import Seed, default_users
from nova.standalone.web.fault import Fault
from nova.standalone.web.in_process import session_for

URL = "http://identity.test/v3/auth/tokens"


class HandClock(RealClock):
    """Time that moves when told to."""

    def __init__(self):
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self):
        return self.moment


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def identity(clock):
    return build_identity(Seed(default_users("pw"), ()), clock, lifetime=timedelta(hours=1))


@pytest.fixture
def http(identity):
    return session_for({"http://identity.test": identity.app})


def log_in(http, user, project=None, scope=None):
    domain = {"id": "default"}
    auth = {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": domain, "password": "pw"}},
        }
    }
    if project:
        scope = {"project": {"name": project, "domain": domain}}
    if scope:
        auth["scope"] = scope
    answer = http.post(URL, json={"auth": auth})
    assert answer.status_code == 201, answer.text
    return answer.headers["X-Subject-Token"], answer.json()["token"]


def validate(http, caller, subject, **query):
    headers = {"X-Auth-Token": caller, "X-Subject-Token": subject}
    return http.get(URL, headers=headers, params=query)


def test_a_token_ends(http, clock):
    service, _ = log_in(http, "nova", "service")
    demo, body = log_in(http, "demo", "demo")
    assert body["expires_at"] == "2030-01-01T01:00:00.000000Z"
    seen = validate(http, service, demo).json()["token"]
    assert (seen["user"]["name"], seen["project"]["name"]) == ("demo", "demo")
    clock.moment += timedelta(minutes=59)
    service, _ = log_in(http, "nova", "service")
    clock.moment += timedelta(minutes=2)
    gone = validate(http, service, demo)
    assert (gone.status_code, gone.json()["error"]["title"]) == (404, "Not Found")
    assert validate(http, service, demo, allow_expired=1).status_code == 200
    clock.moment += timedelta(hours=49)
    service, _ = log_in(http, "nova", "service")
    assert validate(http, service, demo, allow_expired=1).status_code == 404


def test_who_may_validate(http):
    demo, _ = log_in(http, "demo", "demo")
    admin, _ = log_in(http, "admin", "admin")
    assert validate(http, demo, demo).status_code == 200
    assert validate(http, demo, admin).status_code == 403
    assert validate(http, admin, demo).status_code == 200
    refused = validate(http, "nonsense", demo)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Keystone uri="http://identity.test"'
    assert refused.json()["error"]["code"] == 401


def test_revoked_tokens_are_gone(http, identity):
    demo, _ = log_in(http, "demo", "demo")
    headers = {"X-Auth-Token": demo, "X-Subject-Token": demo}
    assert http.head(URL, headers=headers).status_code == 200
    assert http.delete(URL, headers=headers).status_code == 204
    assert http.head(URL, headers=headers).status_code == 401
    with pytest.raises(InvalidToken):
        identity.tokens.validate(demo)


def test_a_new_password_ends_tokens(http):
    demo, body = log_in(http, "demo", "demo")
    url = f"http://identity.test/v3/users/{body['user']['id']}/password"
    change = {"user": {"original_password": "wrong", "password": "new"}}
    assert http.post(url, json=change, headers={"X-Auth-Token": demo}).status_code == 401
    change["user"]["original_password"] = "pw"
    assert http.post(url, json=change, headers={"X-Auth-Token": demo}).status_code == 204
    assert validate(http, demo, demo).status_code == 401


def test_rescoping_keeps_the_end(http, clock):
    unscoped, body = log_in(http, "demo", scope="unscoped")
    assert "project" not in body
    assert "catalog" not in body
    clock.moment += timedelta(minutes=30)
    scope = {"project": {"name": "demo", "domain": {"name": "Default"}}}
    identity = {"methods": ["token"], "token": {"id": unscoped}}
    answer = http.post(URL, json={"auth": {"identity": identity, "scope": scope}})
    token = answer.json()["token"]
    assert token["expires_at"] == body["expires_at"]
    assert set(token["methods"]) == {"token", "password"}
    assert token["audit_ids"][1] == body["audit_ids"][0]


def test_the_system_is_a_scope(http):
    _, body = log_in(http, "admin", scope={"system": {"all": True}})
    assert body["system"] == {"all": True}
    assert "admin" in {role["name"] for role in body["roles"]}


def test_a_service_vouches_for_an_expired_token(http, identity, clock):
    demo, _ = log_in(http, "demo", "demo")
    clock.moment += timedelta(hours=2)
    nova, _ = log_in(http, "nova", "service")
    other, _ = log_in(http, "demo", "demo")
    header = TokenHeader(identity.tokens)

    class Request:
        def __init__(self, **headers):
            self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    assert header(Request(X_Auth_Token=demo, X_Service_Token=nova)).token == demo
    for service in (None, other, "nonsense"):
        with pytest.raises(Fault) as caught:
            header(Request(X_Auth_Token=demo, X_Service_Token=service))
        assert caught.value.status == 401


def test_accounts_survive_in_a_file(tmp_path, clock):
    path = tmp_path / "identity.sqlite"
    seed = Seed(default_users("pw"), ())
    http = session_for({"http://identity.test": build_identity(seed, clock, path).app})
    demo, _ = log_in(http, "demo", "demo")
    again = build_identity(seed, clock, path)
    assert again.tokens.validate(demo).roles == {"member", "reader"}
