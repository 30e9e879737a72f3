"""Errors as answers."""

import logging

import pytest

from nova.api.faults import KINDS, fault, of_error
from nova.errors import Conflict, NotFound, NovaError, RemoteFailure, Unavailable, Unsupported


@pytest.mark.parametrize(
    ("error", "code", "kind", "message"),
    [
        (NotFound(), 404, "itemNotFound", "Resource could not be found."),
        (Conflict(), 409, "conflictingRequest", "Conflict"),
        (Unsupported(), 501, "notImplemented", "The requested functionality is not supported."),
        (Unavailable(service="x", reason="y"), 503, "serviceUnavailable", "x is not available: y"),
    ],
)
def test_named_errors(error: NovaError, code: int, kind: str, message: str) -> None:
    answer = of_error(error)
    assert answer.status_int == code
    assert answer.content_type == "application/json"
    assert answer.json == {kind: {"code": code, "message": message}}


@pytest.mark.parametrize("error", [ValueError("secret"), RemoteFailure(kind="K", reason="secret")])
def test_what_has_no_name_is_logged_and_not_told(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        try:
            raise error
        except Exception as raised:  # noqa: BLE001
            answer = of_error(raised)
    assert answer.status_int == 500
    assert answer.json["computeFault"]["code"] == 500
    assert type(error).__name__ in answer.json["computeFault"]["message"]
    assert "secret" not in answer.text and "secret" in caplog.text


def test_come_back_later() -> None:
    assert fault(413, "x", {"Retry-After": "5"}).json == {
        "overLimit": {"code": 413, "message": "x", "retryAfter": "5"}
    }
    assert fault(429, "x").headers["Retry-After"] == "0"


def test_kinds() -> None:
    assert KINDS[400] == "badRequest" and 406 not in KINDS and 410 not in KINDS
    assert list(fault(410, "x").json) == ["computeFault"]
