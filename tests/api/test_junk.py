"""Whatever is sent, the API does not break: no answer is a 500."""

import functools
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova import resources
from nova.core.call import Route
from nova.microversions import ALL
from tests.api.world import World

ROUTES = resources.routes
BROKEN = 500

names = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | names
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
ids = (
    st.sampled_from(["1", "0", "-1", "9" * 30, "host1", "99999999-9999-4999-8999-999999999999"])
    | names
)
values = st.sampled_from(["", "1", "-1", "9" * 5000, "none", "(", "%", "a\nb", "é"]) | names


@functools.cache
def world() -> World:
    made = World()
    made.add_hosts(["host1", "host2"])
    body = {"flavor": {"id": "1", "name": "m1", "ram": 1, "vcpus": 1, "disk": 1}}
    made.ask("POST", "/flavors", who="admin", json=body)
    return made


def almost(schema: Any) -> st.SearchStrategy[Any]:
    """What fits a schema, or something else here and there."""
    return st.one_of(_fitting(schema), junk)


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return st.one_of([almost(each) for each in schema[several]])
    if "allOf" in schema:
        return almost(schema["allOf"][-1])
    kinds = schema.get("type", "null")
    return st.one_of(
        [_of_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    )


def _of_kind(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _objects(schema)
    if kind == "array":
        return st.lists(almost(schema.get("items", {})), max_size=3)
    simple = {
        "string": st.sampled_from(["a", "host1", "nova-compute", "1", "9" * 5000])
        | st.text(max_size=300),
        "integer": st.integers() | st.sampled_from([0, 1, 2**31, 10**40]),
        "number": st.floats() | st.integers(),
        "boolean": st.booleans(),
    }
    return simple.get(kind, st.none())


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    known = {name: almost(inner) for name, inner in schema.get("properties", {}).items()}
    needed = set(schema.get("required", ()))
    fixed = st.fixed_dictionaries(
        {name: each for name, each in known.items() if name in needed},
        optional={name: each for name, each in known.items() if name not in needed},
    )
    patterns = list(schema.get("patternProperties", {}).values())
    if not patterns:
        return fixed
    free = st.dictionaries(
        st.sampled_from(["a", "hw:cpu_policy", "x y"]), almost(patterns[0]), max_size=2
    )
    return st.builds(lambda one, other: one | other, fixed, free)


def _path(route: Route, chosen: list[str]) -> str:
    path, left = route.path, iter(chosen)
    for name in ("{id}", "{flavor_id}"):
        path = path.replace(name, quote(next(left) or "x", safe=""))
    return path


@pytest.mark.parametrize(
    "route", ROUTES, ids=lambda r: f"{r.method} {r.path} {r.action or ''} {r.since}"
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_no_answer_is_a_breakdown(route: Route, data: st.DataObject) -> None:
    version = data.draw(st.sampled_from([v for v in ALL if route.exists(v)]))
    path = _path(route, data.draw(st.lists(ids, min_size=2, max_size=2)))
    named = list(route.query.schema(version).get("properties", {})) if route.query else []
    query = data.draw(st.lists(st.tuples(st.sampled_from([*named, "x"]), values), max_size=3))
    if query:
        path += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query)
    body = data.draw(almost(route.body.schema(version))) if route.body else None
    response = world().ask(
        route.method,
        path,
        who=data.draw(st.sampled_from(["admin", "user"])),
        version=str(version),
        body=None if body is None else json.dumps(body).encode(),
        headers={} if body is None else {"Content-Type": "application/json"},
    )
    assert response.status_int != BROKEN, response.text


@settings(
    max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(
    body=st.binary(max_size=200),
    media=st.sampled_from(["application/json", "", "x/y", "text/plain"]),
)
def test_bytes_that_are_no_json(body: bytes, media: str) -> None:
    response = world().ask(
        "POST", "/flavors", who="admin", body=body, headers={"Content-Type": media}
    )
    assert response.status_int in (400, 415)


@settings(
    max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(path=st.text(max_size=30), query=st.binary(max_size=30))
def test_addresses_that_mean_nothing(path: str, query: bytes) -> None:
    response = world().ask("GET", f"/{quote(path)}?{quote(query)}")
    assert response.status_int < BROKEN


def test_a_body_too_deep_to_read() -> None:
    deep = b"[" * 50000 + b"]" * 50000
    response = world().ask(
        "POST", "/flavors", who="admin", body=deep, headers={"Content-Type": "application/json"}
    )
    assert response.status_int == 400
