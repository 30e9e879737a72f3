"""The API's own description: whole, valid, served, and heeded."""

import copy
import json
import logging
from typing import Any

import jsonschema
import pytest

from nova.api.openapi.__main__ import main as print_document
from nova.api.openapi.answers import answer_schema
from nova.api.openapi.checking import AnswerCheck, AnswerMismatch
from nova.api.openapi.document import document
from nova.api.retired import RETIRED
from nova.api.routes import all_routes
from nova.core.call import Route
from nova.core.shape import Field, obj, raw
from nova.microversions import ALL, BASE, NEWEST, Microversion
from tests.api.contract import facts
from tests.api.world import World

SOME = (BASE, Microversion(2, 36), Microversion(2, 75), NEWEST)

# The contract wants hosts to be called by uuids here, which no host is.
LOOSER = ("/os-instance_usage_audit_log", "/os-instance_usage_audit_log/{id}")
# Administrators may name users as they like when they make key pairs, so they are shown so.
ANY_USER = ("/os-keypairs", "/os-keypairs/{id}")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_what_every_route_answers_is_declared() -> None:
    """As the contract has it; additions of our own say it themselves, or nothing."""
    for route in all_routes():
        key = (route.method, route.path, route.action)
        for version in {route.since, *(v for v in ALL[::9] if route.exists(v))}:
            if key in facts.rows() and route.path not in LOOSER:
                agreed = facts.schema_of(key, "response", version)
                if route.path in ANY_USER:
                    agreed = _with_any_user(agreed)
                assert answer_schema(route, version) == agreed


def _with_any_user(schema: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(schema)
    shown = made.get("properties", {}).get("keypair", {}).get("properties", {})
    if "user_id" in shown:
        del shown["user_id"]["pattern"]
    return made


@pytest.mark.parametrize("version", SOME, ids=str)
def test_every_route_is_described(version: Microversion) -> None:
    paths = document(all_routes(), version, RETIRED)["paths"]
    for route in all_routes():
        found = paths.get(route.path, {}).get(route.method.lower(), {})
        if not route.exists(version):
            continue
        assert str(route.success) in found["responses"]
        if route.action is not None:
            schema = found["requestBody"]["content"]["application/json"]["schema"]
            assert route.action in {each["title"] for each in schema.get("oneOf", [schema])}
    for method, path, action in RETIRED:
        if action is None:
            assert paths[path][method.lower()]


@pytest.mark.parametrize("version", SOME, ids=str)
def test_nothing_is_described_that_is_not_there(version: Microversion) -> None:
    there = {(r.path, r.method.lower()) for r in all_routes() if r.exists(version)}
    there |= {(path, method.lower()) for method, path, action in RETIRED if action is None}
    paths = document(all_routes(), version, RETIRED)["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == there


@pytest.mark.parametrize("version", [NEWEST], ids=str)
def test_schemas_are_schemas(version: Microversion) -> None:
    paths = document(all_routes(), version)["paths"]
    names = set()
    for methods in paths.values():
        for operation in methods.values():
            names.add(operation["operationId"])
            for parameter in operation["parameters"]:
                check(parameter.get("schema", {}))
            for content in (operation.get("requestBody", {}), *operation["responses"].values()):
                check(content.get("content", {}).get("application/json", {}).get("schema", {}))
    assert len(names) == sum(len(methods) for methods in paths.values()), "names are unique"


def check(schema: object) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_anybody_may_read_it(world: World) -> None:
    answer = world.ask("GET", "root:/openapi.json?version=2.36", headers={"X-Auth-Token": ""})
    assert answer.status_int == 200 and answer.content_type == "application/json"
    assert answer.json["openapi"] == "3.1.0" and answer.json["info"]["version"] == "2.36"
    newest = world.ask("GET", "root:/openapi.json").json
    assert newest["info"]["version"] == str(NEWEST)
    for wrong in ("2.105", "1.0", "latest", ""):
        assert world.ask("GET", f"root:/openapi.json?version={wrong}").status_int in (200, 400)
    assert world.ask("GET", "root:/openapi.json?version=2.105").status_int == 400


def test_it_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_document(["2.1"]) == 0
    assert json.loads(capsys.readouterr().out)["info"]["version"] == "2.1"


THING = Route(
    "GET", "/things", lambda call: None,
    answer=obj(Field("things", raw(type="array", items={"type": "integer"}), required=True)),
)  # fmt: skip


def test_an_error_looks_at_everything() -> None:
    check = AnswerCheck("error")
    check(THING, BASE, 200, {"things": [1, 2]})
    check(THING, BASE, 404, {"itemNotFound": {}})
    for wrong in ({}, {"things": ["a"]}, {"things": [1, 2, 3, 4, 5, "a"]}, {"things": [], "a": 1}):
        with pytest.raises(AnswerMismatch):
            check(THING, BASE, 200, wrong)


def test_a_warning_is_cheap(caplog: pytest.LogCaptureFixture) -> None:
    check = AnswerCheck("warn")
    with caplog.at_level(logging.WARNING):
        check(THING, BASE, 200, {"things": [1, 2, 3, 4, 5, "a"]})
        assert "is not what is declared" not in caplog.text
        check(THING, BASE, 200, {"things": ["a"]})
    assert "GET /things is not what is declared: things/0" in caplog.text


def test_it_may_be_ignored() -> None:
    AnswerCheck("ignore")(THING, BASE, 200, {})


def test_users_are_shown_as_they_were_named(world: World) -> None:
    key = {"name": "hers", "user_id": "anna@example"}
    made = world.ask("POST", "/os-keypairs", who="admin", version="2.10", json={"keypair": key})
    assert made.status_int == 201 and made.json["keypair"]["user_id"] == "anna@example"
