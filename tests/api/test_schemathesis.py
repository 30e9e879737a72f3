"""Requests made of the OpenAPI document itself: no surprise, and no answer outside of it.

By default a fixed handful for each operation, at some versions.  NOVA_TEST_SCHEMATHESIS=N
makes N for each operation, other ones in every run, at every tenth version.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
import webob
from hypothesis import HealthCheck, Phase, given, settings

from nova.api.openapi.document import document
from nova.api.retired import RETIRED
from nova.api.routes import all_routes
from nova.core.validating import CHECKER, Validator
from nova.microversions import ALL, BASE, NEWEST, Microversion
from tests.cloud import PROJECT, Cloud

LONG = int(os.environ.get("NOVA_TEST_SCHEMATHESIS", "0"))
VERSIONS = ALL[::10] if LONG else (BASE, NEWEST)
EACH = LONG or 2
# Actions of a server share one operation, so it gets more.
ACTIONS = 40
TOKEN = f"admin:{PROJECT}"
JSON = "application/json"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(options={"quota__instances": 20, "api__response_validation": "ignore"}).start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def known(cloud: Cloud) -> str:
    """A server that can be named."""
    uuid: str = cloud.boot("known").body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    return uuid


@pytest.mark.timeout(3600 if LONG else 300)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_no_request_surprises(version: Microversion, cloud: Cloud, known: str) -> None:
    wrong: dict[str, str] = {}
    described = document(all_routes(), version, RETIRED)
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = found.ok()
        said = described["paths"][operation.path][operation.method]["responses"]
        count = ACTIONS if operation.path.endswith("/action") else EACH
        try:
            _many(count, operation.as_strategy(), partial(_try, cloud.app, known, said))
        except AssertionError as error:
            wrong[operation.label] = str(error)
    assert not wrong, "\n".join(wrong.values())


def _many(count: int, cases: Any, ask: Callable[[Any], None]) -> None:
    @_limited(count)
    @given(case=cases)
    def run(case: Any) -> None:
        ask(case)

    run()


def _limited(count: int) -> Any:
    """Without LONG the same requests every time."""
    return settings(
        max_examples=count, derandomize=not LONG, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip


def _try(app: Any, known: str, said: dict[str, Any], case: Any) -> None:
    """As it was made, and once more about a server that there is."""
    _ask(app, case, dict(case.path_parameters or {}), said)
    if "{server_id}" in case.path or case.path.startswith("/servers/{id}"):
        if case.method.upper() == "DELETE" and case.path == "/servers/{id}":
            return
        name = "server_id" if "{server_id}" in case.path else "id"
        _ask(app, case, {**case.path_parameters, name: known}, said)


def _ask(app: Any, case: Any, path: dict[str, Any], said: dict[str, Any]) -> None:
    query = urlencode(
        {name: _text(value) for name, value in (case.query or {}).items()}, doseq=True
    )
    request = webob.Request.blank(
        f"/v2.1{case.path.format(**path)}?{query}", method=case.method.upper()
    )
    request.headers["OpenStack-API-Version"] = case.headers["OpenStack-API-Version"]
    request.headers["X-Auth-Token"] = TOKEN
    if isinstance(case.body, dict | list | str | int | float | bool | None):
        request.body = json.dumps(case.body).encode()
        request.content_type = JSON
    answer = request.get_response(app)
    told = f"{case.method} {request.path_qs} {request.body[:500]!r}: {answer.text[:500]}"
    assert answer.status_int != 500, told
    _within(answer, said, told)


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)


def _within(answer: webob.Response, said: dict[str, Any], told: str) -> None:
    code = str(answer.status_int)
    found = said.get(code)
    assert found is not None, f"{code} is not described: {told}"
    schema = found.get("content", {}).get(JSON, {}).get("schema")
    if schema is None or not answer.body:
        return
    if "$ref" in schema:
        (fault,) = answer.json.values()
        assert fault["code"] == answer.status_int and isinstance(fault["message"], str), told
        return
    wrong = next(Validator(schema, format_checker=CHECKER).iter_errors(answer.json), None)
    assert wrong is None, f"{wrong.message if wrong else ''}: {told}"
