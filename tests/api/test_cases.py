"""Requests and their answers, as told in cases/*.yaml.

Every answer is also held against the contract: a good one against the schema and
codes of its route, a bad one against the codes its route may refuse with.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import webob
import yaml

from nova.core.validating import CHECKER, Validator
from nova.microversions import LEGACY, Microversion
from tests.api.consoles import CONSOLES_GIVEN
from tests.api.contract import facts
from tests.api.nouns import NOUNS_GIVEN
from tests.api.one_host import ONE_HOST_GIVEN
from tests.api.servers import SERVERS_GIVEN
from tests.api.world import World

CASES = Path(__file__).parent / "cases"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
# What any request may be refused with; 503 when a service that it needs is away.
ALWAYS = frozenset({400, 401, 403, 404, 406, 413, 415, 503})


def two_hosts(world: World) -> None:
    world.add_host("host1")
    world.add_host("host2")


def other_services(world: World) -> None:
    world.add_service("control", "nova-scheduler")
    world.add_service("control", "nova-conductor", disabled=True, disabled_reason="test1")


def dead_host(world: World) -> None:
    world.add_host("dead")
    world.clock.sleep(100)


def flavors(world: World) -> None:
    for number, (name, ram, disk) in enumerate(
        [("m1.tiny", 512, 1), ("m1.small", 2048, 20), ("m1.medium", 4096, 40)], 1
    ):
        body = {"id": str(number), "name": name, "ram": ram, "vcpus": number, "disk": disk}
        assert world.ask("POST", "/flavors", who="admin", json={"flavor": body}).status_int == 200


GIVEN: dict[str, Callable[[World], dict[str, str] | None]] = {
    **SERVERS_GIVEN,
    **ONE_HOST_GIVEN,
    **NOUNS_GIVEN,
    **CONSOLES_GIVEN,
    "two hosts": two_hosts,
    "other services": other_services,
    "dead host": dead_host,
    "flavors": flavors,
}


def _cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(file.read_text()):
            yield pytest.param(case, id=f"{file.stem}: {case['case']}")


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    world = World(**case.get("options", {}))
    saved: dict[str, str] = {}
    for given in case.get("given", ()):
        saved |= GIVEN[given](world) or {}
    for step in case["steps"]:
        _step(world, filled(step, saved), saved)


def _step(world: World, step: dict[str, Any], saved: dict[str, str]) -> None:
    (method,) = (name for name in METHODS if name in step)
    raw = step.get("raw")
    response = world.ask(
        method,
        step[method],
        who=step.get("as", "user"),
        version=step.get("version"),
        json=step.get("body"),
        headers=step.get("headers"),
        body=None if raw is None else raw.encode(),
    )
    assert response.status_int == step.get("status", 200), response.text
    _headers(response, step.get("answers", {}))
    if "fault" in step:
        (fault,) = response.json.values()
        assert fault["message"] == step["fault"]
        assert fault["code"] == response.status_int
    if "kind" in step:
        assert list(response.json) == [step["kind"]]
    if "answer" in step:
        assert_like(response.json, step["answer"])
    if "text" in step:
        assert step["text"] in response.text
    for name, path in step.get("save", {}).items():
        saved[name] = _picked(response.json, path)
    hold_against_contract(response)


def _headers(response: webob.Response, wanted: dict[str, str]) -> None:
    for name, value in wanted.items():
        assert re.fullmatch(value, response.headers.get(name, "")), (name, dict(response.headers))


def filled(value: Any, saved: dict[str, str]) -> Any:
    """`{{name}}` stands for what an earlier step saved."""
    if isinstance(value, str):
        for name, content in saved.items():
            value = value.replace(f"{{{{{name}}}}}", str(content))
        return value
    if isinstance(value, dict):
        return {filled(key, saved): filled(inner, saved) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, saved) for inner in value]
    return value


def _picked(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document[int(part) if part.isdigit() else part]
    return document


def assert_like(found: Any, wanted: Any, where: str = "") -> None:
    """Objects may have more keys, unless `=`: only is among the wanted ones; a text that
    begins with ~ is a regular expression; `absent` is a key that must not be there."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        wanted = dict(wanted)
        if wanted.pop("=", None) == "only":
            assert set(found) == set(wanted), where
        for key, inner in wanted.items():
            if inner == "absent":
                assert key not in found, f"{where}.{key}"
            else:
                assert key in found, f"{where}.{key} of {found}"
                assert_like(found[key], inner, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list) and len(found) == len(wanted), f"{where}: {found}"
        for index, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_like(one, other, f"{where}[{index}]")
    elif isinstance(wanted, str) and wanted.startswith("~"):
        assert re.fullmatch(wanted[1:], str(found), re.DOTALL), f"{where}: {found!r}"
    else:
        assert found == wanted, where


def hold_against_contract(response: webob.Response) -> None:
    environ = response.request.environ
    route, version = environ.get("nova.route"), environ.get("nova.version")
    if route is None or version is None:
        return
    legacy = environ["SCRIPT_NAME"] == "/v2"
    key = (response.request.method, route, _action(response.request, route))
    if key not in facts.rows():
        return
    row = _row(key, version)
    if response.status_int >= 400:
        assert response.status_int in ALWAYS | (row.errors if row else ALWAYS)
        return
    assert row is not None and response.status_int in row.success
    _body(response, facts.schema_of(key, "response", LEGACY if legacy else version, legacy=legacy))


def _action(request: webob.Request, route: str) -> str | None:
    if not route.endswith("/action") or not request.body:
        return None
    try:
        return next(iter(request.json), None)
    except (ValueError, TypeError):
        return None


def _row(key: facts.Key, version: Microversion) -> facts.Row | None:
    return next((row for row in facts.rows()[key] if row.covers(version)), None)


def _body(response: webob.Response, schema: dict[str, Any] | None) -> None:
    body = response.json if response.body else None
    if schema is None:
        return
    errors = [e.message for e in Validator(schema, format_checker=CHECKER).iter_errors(body)]
    assert not errors, errors
