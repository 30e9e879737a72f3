"""From addresses to declarations."""

import pytest

from nova.api.router import Router, split_project
from nova.core.call import Call, Route
from nova.microversions import KEYPAIR_TYPES


def answer(call: Call[object]) -> None:
    return None


ROUTES = (
    Route("GET", "/things", answer),
    Route("POST", "/things", answer),
    Route("GET", "/things/{id}", answer),
    Route("DELETE", "/things/{id}", answer),
    Route("GET", "/things/detail", answer),
    Route("POST", "/things/{id}/action", answer, action="dance"),
    Route("POST", "/things/{id}/action", answer, action="sing", since=KEYPAIR_TYPES),
    Route("GET", "/things/{thing_id}/parts/{id}", answer),
)
ROUTER = Router(
    ROUTES,
    [("GET", "/old", None), ("POST", "/things/{id}/action", "drum"), ("GET", "/things", None)],
)


def found(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    match = ROUTER.match(method, path)
    return None if match is None else (match.resource.path, dict(match.params))


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/things", ("/things", {})),
        ("GET", "/things/5.x@y", ("/things/{id}", {"id": "5.x@y"})),
        ("GET", "/things/detail", ("/things/detail", {})),
        ("DELETE", "/things/detail", ("/things/{id}", {"id": "detail"})),
        (
            "GET",
            "/things/1/parts/a:b",
            ("/things/{thing_id}/parts/{id}", {"thing_id": "1", "id": "a:b"}),
        ),
        ("PUT", "/things", None),
        ("GET", "/things/", None),
        ("GET", "/thing", None),
        ("GET", "", None),
        ("GET", "/old", ("/old", {})),
    ],
)
def test_match(method: str, path: str, expected: object) -> None:
    assert found(method, path) == expected


def test_actions_share_a_resource() -> None:
    match = ROUTER.match("POST", "/things/1/action")
    assert match is not None and match.resource.takes_action
    assert set(match.resource.actions) == {"dance", "sing"}
    assert match.resource.gone_actions == {"drum"}


def test_what_is_retired_is_not_what_is_declared() -> None:
    old, things = ROUTER.match("GET", "/old"), ROUTER.match("GET", "/things")
    assert old is not None and old.resource.gone
    assert things is not None and not things.resource.gone


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/0123abc/flavors", ("0123abc", "/flavors")),
        ("/0123-abc", ("0123-abc", "")),
        ("/abc/", ("abc", "/")),
        ("/flavors", (None, "/flavors")),
        ("/os-services/1", (None, "/os-services/1")),
        ("/", (None, "/")),
        ("", (None, "")),
    ],
)
def test_projects_in_paths(path: str, expected: object) -> None:
    assert split_project(path) == expected
