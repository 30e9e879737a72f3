"""Filters of an operator's own, from api-paste.ini."""

import logging
from pathlib import Path
from typing import Any

import pytest
import webob

from nova.api.app import build_app
from nova.api.identity.noauth import noauth2
from nova.api.paste import COMPUTE, METADATA, Added, added_filters
from nova.conf import load
from nova.core.call import Call, Route
from nova.core.policy import READER, Policy
from nova.errors import ConfigurationFailure
from nova.wsgi.metadata_parts import fronted
from tests.api.world import PROJECT, World

ROOT = Path(__file__).parents[3]
# What upstream's own file has, and three filters more.
FILE = """
[composite:metadata]
use = egg:Paste#urlmap
/: meta
[pipeline:meta]
pipeline = cors first metaapp
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/v2.1/+: openstack_compute_api_v21
[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
keystone = cors compute_req_id sizelimit first authtoken keystonecontext second app
noauth2 = cors compute_req_id sizelimit first noauth2 second third app
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
oslo_config_project = nova
[filter:compute_req_id]
paste.filter_factory = nova.api.compute_req_id:ComputeReqIdMiddleware.factory
[filter:sizelimit]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory
[filter:noauth2]
paste.filter_factory = nova.api.openstack.auth:NoAuthMiddleware.factory
[filter:keystonecontext]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
[filter:first]
paste.filter_factory = tests.unit.api.own_filters:noting
word = one
[filter:second]
paste.filter_factory = tests.unit.api.own_filters:noting
word = two
[filter:third]
use = second
word = three
"""


def said(call: Call[Any]) -> Any:
    return {"user": call.context.user_id}


ROUTES = (Route("GET", "/said", said, Policy("test:read", READER, "Read")),)


def world_with(folder: Path, text: str) -> World:
    file = folder / "api-paste.ini"
    file.write_text(text)
    return World(wsgi__api_paste_config=str(file), api__auth_strategy="noauth2")


def ask(world: World, path: str = "/v2.1/said") -> webob.Response:
    app = build_app(world.conf, world.seams, ROUTES, auth=noauth2)
    token = {"X-Auth-Token": f"alice:{PROJECT}"}
    return webob.Request.blank(path, headers=token).get_response(app)


def test_filters_stand_where_the_file_has_them(tmp_path: Path) -> None:
    answer = ask(world_with(tmp_path, FILE))
    assert answer.json == {"user": "alice"}
    assert answer.headers.getall("X-Seen") == [
        "three alice /v2.1", "two alice /v2.1", "one - /v2.1",
    ]


def test_without_identity_nobody_comes_behind_it(tmp_path: Path) -> None:
    world = world_with(tmp_path, FILE)
    app = build_app(world.conf, world.seams, ROUTES, auth=lambda app: app)
    answer = webob.Request.blank("/v2.1/said").get_response(app)
    assert answer.status_int == 401


def test_documents_of_versions_need_no_filters(tmp_path: Path) -> None:
    assert "X-Seen" not in ask(world_with(tmp_path, FILE), "/").headers


def test_the_metadata_service_has_a_pipeline_too(tmp_path: Path) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"told"]

    conf = world_with(tmp_path, FILE).conf
    answer = webob.Request.blank("/").get_response(fronted(conf, app))
    assert (answer.text, answer.headers["X-Seen"]) == ("told", "one - ")


@pytest.mark.parametrize("name", [COMPUTE, METADATA])
def test_the_file_that_is_shipped_adds_nothing(name: str) -> None:
    conf = World(wsgi__api_paste_config=str(ROOT / "etc/nova/api-paste.ini")).conf
    assert added_filters(conf, name) == Added()


def test_nobody_needs_a_file() -> None:
    assert added_filters(World().conf, COMPUTE) == Added()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (FILE.replace("[filter:second]", "[filter:other]"), "second"),
        (FILE.replace("own_filters:noting\nword = two", "own_filters:nothing"), "nothing"),
        (FILE.replace("tests.unit.api.own_filters", "tests.no_such_module"), "no_such_module"),
        ("composite\n", "composite"),
    ],
)
def test_a_file_that_cannot_be_followed(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFailure, match=word):
        added_filters(world_with(tmp_path, text).conf, COMPUTE)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigurationFailure, match=r"no file .*elsewhere\.ini"):
        added_filters(World(wsgi__api_paste_config="elsewhere.ini").conf, COMPUTE)


def test_the_librarys_audit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It reads its group of nova.conf, and sees who was validated."""
    (tmp_path / "map.conf").write_text("[DEFAULT]\ntarget_endpoint_type = compute\n")
    (tmp_path / "api-paste.ini").write_text(
        "[composite:openstack_compute_api_v21]\nnoauth2 = audit app\n"
        "[filter:audit]\npaste.filter_factory = keystonemiddleware.audit:filter_factory\n"
        f"audit_map_file = {tmp_path}/map.conf\n"
    )
    (tmp_path / "nova.conf").write_text(
        "[audit_middleware_notifications]\nuse_oslo_messaging = false\n"
        "[api]\nauth_strategy = noauth2\n"
    )
    world = World()
    world.conf = load("nova-api", [], [str(tmp_path / "nova.conf")])
    # Whoever sets up logging makes the library more silent than this.
    with caplog.at_level(logging.INFO, logger="keystonemiddleware.audit"):
        assert ask(world).status_int == 200
    assert "audit.http.request" in caplog.text and "audit.http.response" in caplog.text
