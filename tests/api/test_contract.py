"""Every declared route against the contract: versions, codes, policies, and shapes.

Routes of servers are looked at too: whatever is declared has to be as agreed.
"""

import importlib
from collections.abc import Iterator

import pytest

from nova import resources
from nova.api.retired import RETIRED
from nova.api.root import ROUTES as ROOT
from nova.core.call import Route
from nova.microversions import ALL, LEGACY, NEWEST, Microversion
from tests.api.contract import facts

Key = facts.Key


def _servers() -> tuple[Route, ...]:
    module = importlib.import_module("nova.servers")
    return getattr(module, "routes", ())


DECLARED = (*ROOT, *resources.routes, *_servers())
BY_KEY: dict[Key, list[Route]] = {}
for _route in DECLARED:
    BY_KEY.setdefault((_route.method, _route.path, _route.action), []).append(_route)
KEYS = sorted(BY_KEY, key=str)


def named(key: Key) -> str:
    return " ".join(part for part in key if part)


def versions(route: Route) -> Iterator[Microversion]:
    return (version for version in ALL if route.exists(version))


@pytest.mark.parametrize("key", KEYS, ids=named)
def test_exists_at_the_agreed_versions(key: Key) -> None:
    declared = {v for route in BY_KEY[key] for v in versions(route)}
    agreed = {v for row in facts.rows()[key] for v in ALL if row.covers(v)}
    assert declared == agreed


@pytest.mark.parametrize("key", KEYS, ids=named)
def test_one_declaration_answers_at_each_version(key: Key) -> None:
    for version in ALL:
        assert sum(route.exists(version) for route in BY_KEY[key]) <= 1, version


@pytest.mark.parametrize("key", KEYS, ids=named)
def test_success_code(key: Key) -> None:
    for route in BY_KEY[key]:
        for version in versions(route):
            (row,) = (row for row in facts.rows()[key] if row.covers(version))
            assert route.success in row.success or row.status == "always-400", version


@pytest.mark.parametrize("key", KEYS, ids=named)
def test_policies(key: Key) -> None:
    for route in BY_KEY[key]:
        given = {policy.rule for policy in (*route.policies, route.policy) if policy}
        rows = [row for row in facts.rows()[key] if row.covers(route.until or NEWEST)]
        for row in rows:
            assert row.rules <= given <= row.rules | row.may_rules


def _policies() -> list[tuple[str, object]]:
    found = {}
    for route in DECLARED:
        for policy in (*route.policies, *([route.policy] if route.policy else [])):
            found[policy.rule] = policy
    return sorted(found.items())


@pytest.mark.parametrize(
    ("rule", "policy"), _policies(), ids=lambda v: v if isinstance(v, str) else ""
)
def test_policy_default(rule: str, policy: object) -> None:
    agreed = facts.policies()[rule]
    assert policy.default == agreed["default_check"]
    assert list(policy.scopes) == agreed["scope_types"].split()
    old = (agreed["old_rule"], agreed["old_default_check"]) if agreed["old_rule"] else None
    assert policy.deprecated == old


@pytest.mark.parametrize("key", [key for key in KEYS if key[0] in ("POST", "PUT")], ids=named)
def test_body_shape(key: Key) -> None:
    for route in BY_KEY[key]:
        for version in versions(route):
            agreed = facts.schema_of(key, "body", version)
            if agreed is None:
                continue
            assert route.body is not None
            assert facts.normal(route.body.schema(version)) == facts.normal(agreed), version


@pytest.mark.parametrize("key", [key for key in KEYS if key[0] in ("POST", "PUT")], ids=named)
def test_body_shape_of_legacy_requests(key: Key) -> None:
    agreed = facts.schema_of(key, "body", LEGACY, legacy=True)
    routes = [route for route in BY_KEY[key] if route.exists(ALL[0])]
    if agreed is None or not routes:
        pytest.skip("not served through /v2")
    assert facts.normal(routes[0].body.schema(LEGACY)) == facts.normal(agreed)


@pytest.mark.parametrize("key", KEYS, ids=named)
def test_query_shape(key: Key) -> None:
    for route in BY_KEY[key]:
        for version in versions(route):
            agreed = facts.schema_of(key, "query", version)
            if agreed is None:
                continue
            assert route.query is not None
            assert facts.normal(route.query.schema(version)) == facts.normal(agreed), version


def test_what_is_retired() -> None:
    gone = {key for key, found in facts.rows().items() if found[0].status == "gone"}
    assert set(RETIRED) == gone
