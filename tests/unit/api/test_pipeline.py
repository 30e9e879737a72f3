"""What stands around the dispatcher."""

import io
import logging
from pathlib import Path
from typing import Any

import pytest
import webob
from oslo_middleware import cors, http_proxy_to_wsgi

from nova.api.app import build_app
from nova.api.identity.keystone import context_of
from nova.api.identity.noauth import noauth2
from nova.api.policies import PolicyEnforcer, list_rules
from nova.context import RequestContext
from nova.core.call import Answer, Call, Route
from nova.core.policy import ADMIN, READER, Policy
from nova.core.shape import ANYTHING
from nova.errors import NotFound
from tests.api.world import PROJECT, World

READ = Policy("test:read", READER, "Read")
TOKEN = {"X-Auth-Token": f"alice:{PROJECT}"}


def broken(call: Call[Any]) -> Any:
    raise RuntimeError("secret")


def said(call: Call[Any]) -> Any:
    return {
        "url": call.url,
        "bookmark": call.bookmark,
        "request": call.context.request_id,
        "global": call.context.global_request_id,
        "admin": call.context.is_admin,
    }


ROUTES = (
    Route("GET", "/broken", broken),
    Route("GET", "/said", said),
    Route("GET", "/read", said, READ),
    Route("POST", "/made", lambda call: Answer(call.body, 299, {"X-More": "y"}), body=ANYTHING),
    Route("GET", "/nothing", lambda call: None, success=202),
)


def app_of(world: World, **more: Any) -> Any:
    return build_app(world.conf, world.seams, ROUTES, auth=noauth2, **more)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def app(world: World) -> Any:
    return app_of(world)


def get(app: Any, path: str, **headers: str) -> webob.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return webob.Request.blank(path, headers=TOKEN | named).get_response(app)


def test_breakdowns_are_logged_and_not_told(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = get(app, "/v2.1/broken")
    assert answer.status_int == 500
    assert answer.json["computeFault"]["message"].startswith("Unexpected API Error.")
    assert "secret" not in answer.text and "secret" in caplog.text
    assert answer.headers["OpenStack-API-Version"] == "compute 2.1"


def test_request_ids(app: Any) -> None:
    incoming = "req-8c7c1dd4-5d1a-4b0c-9b4a-3a0d4f6b8f1e"
    answer = get(app, "/v2.1/said", X_Openstack_Request_Id=incoming)
    assert answer.json["global"] == incoming
    assert answer.headers["X-Openstack-Request-Id"] == answer.json["request"] != incoming
    assert answer.headers["X-Compute-Request-Id"] == answer.json["request"]
    assert get(app, "/v2.1/said", X_Openstack_Request_Id="my own").json["global"] is None


def test_status_headers_and_no_body(app: Any) -> None:
    request = webob.Request.blank("/v2.1/made", method="POST", headers=TOKEN, json=[1])
    request.content_type = "application/json"
    answer = request.get_response(app)
    assert (answer.status_int, answer.headers["X-More"], answer.json) == (299, "y", [1])
    empty = get(app, "/v2.1/nothing")
    assert (empty.status_int, empty.body, empty.content_length) == (202, b"", 0)


def test_a_body_of_unknown_length_has_a_limit_too() -> None:
    world = World(oslo_middleware__max_request_body_size=10)
    request = webob.Request.blank("/v2.1/made", method="POST", headers=TOKEN)
    request.content_type = "application/json"
    request.body_file = io.BytesIO(b"[" + b"1," * 100 + b"1]")
    request.content_length = None
    request.environ["wsgi.input_terminated"] = True
    answer = request.get_response(app_of(world))
    assert answer.status_int == 413
    assert "Request is too large." in answer.text


def test_mounted_below_a_path(app: Any) -> None:
    request = webob.Request.blank("/v2.1/said", headers=TOKEN)
    request.script_name = "/compute"
    answer = request.get_response(app)
    assert answer.json["url"] == "http://localhost/compute/v2.1"
    assert answer.json["bookmark"] == "http://localhost/compute"


def test_without_identity_a_token_is_handed_out(app: Any) -> None:
    answer = webob.Request.blank("/v2.1/", headers={"X-Auth-User": "u", "X-Auth-Project-Id": "p"})
    given = answer.get_response(app)
    assert given.status_int == 204
    assert given.headers["X-Auth-Token"] == "u:p"
    assert given.headers["X-Server-Management-Url"] == "http://localhost:80/v2.1/p"


def test_nobody_in_front(world: World) -> None:
    bare = build_app(world.conf, world.seams, ROUTES, auth=lambda app: app)
    assert get(bare, "/v2.1/said").status_int == 401


def test_health_tells_what_is_wrong(world: World) -> None:
    def gone() -> None:
        raise NotFound

    answer = get(app_of(world, checks={"broker": gone}), "/healthz")
    assert answer.status_int == 503
    assert answer.json["healthy"] is False
    assert answer.json["checks"]["broker"] == {
        "ok": False,
        "reason": "NotFound: Resource could not be found.",
    }
    assert answer.json["checks"]["cells"] == {"ok": True}


def test_health_sees_a_silent_cell() -> None:
    world = World()
    world.stores.each = lambda ask: {"c1": TimeoutError("no answer")}  # type: ignore[method-assign]
    answer = get(world.app, "/healthz")
    assert answer.status_int == 503
    assert "no answer" in answer.json["checks"]["cells"]["reason"]


def test_a_trusted_proxy() -> None:
    world = World()
    world.conf.register_opts(http_proxy_to_wsgi.OPTS, "oslo_middleware")
    headers = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "cloud.example"}
    assert get(app_of(world), "/v2.1/said", **headers).json["url"] == "http://localhost/v2.1"
    world.conf.set_override("enable_proxy_headers_parsing", True, "oslo_middleware")
    assert get(app_of(world), "/v2.1/said", **headers).json["url"] == "https://cloud.example/v2.1"


def test_scheme_from_a_header() -> None:
    world = World(wsgi__secure_proxy_ssl_header="HTTP_X_SCHEME")
    assert (
        get(app_of(world), "/v2.1/said", X_Scheme="https").json["url"]
        == "https://localhost:80/v2.1"
    )


def test_browsers_of_other_origins() -> None:
    world = World()
    world.conf.register_opts(cors.CORS_OPTS, "cors")
    assert "Access-Control-Allow-Origin" not in get(app_of(world), "/", Origin="http://o").headers
    world.conf.set_override("allowed_origin", ["http://o"], "cors")
    answer = get(app_of(world), "/", Origin="http://o")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://o"
    told = answer.headers["Access-Control-Expose-Headers"].split(",")
    assert {"OpenStack-API-Version", "X-Openstack-Request-Id"} <= set(told)


def test_a_browser_asks_first_and_needs_no_token_for_that() -> None:
    world = World()
    world.conf.register_opts(cors.CORS_OPTS, "cors")
    world.conf.set_override("allowed_origin", ["http://o"], "cors")
    app = build_app(world.conf, world.seams, ROUTES, auth=lambda app: app)
    headers = {
        "Origin": "http://o", "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "OpenStack-API-Version, X-Auth-Token",
    }
    request = webob.Request.blank("/v2.1/said", method="OPTIONS", headers=headers)
    answer = request.get_response(app)
    assert answer.status_int == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "PUT"
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert allowed == "OpenStack-API-Version,X-Auth-Token"
    stranger = webob.Request.blank("/v2.1/said", headers={**TOKEN, "Origin": "http://p"})
    assert "Access-Control-Allow-Origin" not in stranger.get_response(app).headers


def test_one_log_line_a_request(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "nova.api.measures"):
        answer = get(app, "/v2.1/said", OpenStack_API_Version="compute 2.5")
    (line,) = [r.getMessage() for r in caplog.records if r.name == "nova.api.measures"]
    assert line.startswith(f'{answer.json["request"]} "GET /said" status: 200 time: ')
    assert line.endswith("microversion: 2.5")


def test_context_of_a_validated_token() -> None:
    context = context_of(
        {
            "nova.request_id": "req-1",
            "HTTP_X_USER_ID": "u",
            "HTTP_X_PROJECT_ID": "p",
            "HTTP_X_ROLES": "member,reader",
            "HTTP_X_AUTH_TOKEN": "t",
            "HTTP_X_SERVICE_ROLES": "service",
            "HTTP_OPENSTACK_SYSTEM_SCOPE": "all",
            "HTTP_X_SERVICE_CATALOG": '[{"type": "image"}]',
        }
    )
    assert (context.user_id, context.project_id, context.roles) == ("u", "p", ("member", "reader"))
    assert (context.service_roles, context.system_scope) == (("service",), "all")
    assert context.service_catalog == ({"type": "image"},)
    assert not context.is_admin


class TestPolicies:
    """What operators may say of who may what."""

    def may(self, world: World, policy: Policy, **caller: Any) -> bool:
        target = {"project_id": "p", "user_id": "u"}
        return PolicyEnforcer(world.conf, (Route("GET", "/x", said, policy),)).allows(
            RequestContext(**{"project_id": "p", "user_id": "u", **caller}), policy, target
        )

    def test_defaults(self, world: World) -> None:
        assert self.may(world, READ, roles=("reader",))
        assert not self.may(world, READ, roles=("reader",), project_id="q")
        assert not self.may(world, READ)
        assert self.may(world, READ, roles=("admin",), project_id="q")
        assert not self.may(world, READ, is_admin=True, project_id="q")

    def test_scope(self, world: World) -> None:
        system = {"roles": ("admin",), "system_scope": "all", "project_id": None}
        assert not self.may(world, READ, **system)

    def test_a_policy_file(self, tmp_path: Path) -> None:
        file = tmp_path / "policy.yaml"
        file.write_text(
            '"os_compute_api:test:read": "role:boss"\n"context_is_admin": "role:boss"\n'
        )
        world = World(oslo_policy__policy_file=str(file))
        assert not self.may(world, READ, roles=("reader",))
        assert self.may(world, READ, roles=("boss",))
        boss = RequestContext(user_id="u", project_id="p", roles=("boss",))
        assert PolicyEnforcer(world.conf, ()).is_admin(boss)

    def test_older_rules_hold_where_new_defaults_do_not(self) -> None:
        old = Policy(
            "test:split", ADMIN, "x", deprecated=("os_compute_api:test", "rule:admin_or_owner")
        )
        world = World(oslo_policy__enforce_new_defaults=False)
        assert self.may(world, old, roles=())
        assert not self.may(World(), old, roles=())

    def test_every_rule_is_listed_once(self) -> None:
        names = [rule.name for rule in list_rules()]
        assert len(names) == len(set(names))
        assert {"context_is_admin", "os_compute_api:os-flavor-manage:create"} <= set(names)
