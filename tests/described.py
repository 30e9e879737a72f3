"""Whatever is answered in tests was described: refusals too, whichever test made the request."""

import json
from functools import cache
from typing import Any

import webob

from nova.api.openapi.refusals import refusals
from nova.api.request_ids import HEADERS
from nova.api.retired import RETIRED
from nova.api.routes import all_routes
from nova.api.wsgi import ROUTE, VERSION
from nova.core.call import Route

# Errors of ours are described nowhere: tests that bring them about look for them.
UNEXPECTED = 500
GONE = 410
# Said in front of the API, in plain words.
TOO_LARGE = 413


def hold(request: webob.Request, answer: webob.Response) -> None:
    """Fail when the answer has no request id, or when the API's own description has no
    refusal of this code there."""
    named = {answer.headers.get(name, "") for name in HEADERS}
    assert len(named) == 1 and named.pop().startswith("req-"), dict(answer.headers)
    path = request.environ.get(ROUTE)
    if path is None or VERSION not in request.environ or answer.status_int < 400:
        return
    key = (request.method, path, _action(request, path))
    if answer.status_int == UNEXPECTED or (answer.status_int == GONE and key in RETIRED):
        return
    assert answer.status_int in refusals(_routes(*key)), f"{key}: {answer.status} {answer.text}"
    if answer.status_int != TOO_LARGE:
        (fault,) = answer.json.values()
        assert fault["code"] == answer.status_int and isinstance(fault["message"], str)


def _action(request: webob.Request, path: str) -> str | None:
    if not path.endswith("/action"):
        return None
    try:
        body: Any = json.loads(request.body)
    except ValueError:
        return None
    return str(next(iter(body), None)) if isinstance(body, dict) else None


@cache
def _routes(method: str, path: str, action: str | None) -> tuple[Route, ...]:
    return tuple(
        route for route in all_routes()
        if (route.method, route.path, route.action) == (method, path, action)
    )
