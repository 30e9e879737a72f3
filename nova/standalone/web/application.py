"""Routes to handlers: the WSGI callable of an embedded service.

A handler takes a `Call` and gives a WebOb response, a JSON-able document, or
None for an empty body. A `Fault` becomes the service's own error document.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import routes
import webob
import webob.exc

from nova.standalone.auth import ANONYMOUS, Caller
from nova.standalone.web.fault import Fault, bad_request

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Call:
    """One request: what was asked, with the path's variables, and by whom."""

    request: Any
    args: Mapping[str, str]
    caller: Caller

    @property
    def query(self) -> Any:
        """Query parameters, repeated ones kept (a WebOb multi-dict)."""
        return self.request.GET

    @property
    def host_url(self) -> str:
        return str(self.request.application_url)

    def document(self) -> dict[str, Any]:
        """The JSON object of the body; 400 when there is none."""
        body = self.json()
        if not isinstance(body, dict):
            raise bad_request("The request body must be a JSON object.")
        return body

    def json(self) -> Any:
        try:
            return json.loads(self.request.body or b"null")
        except ValueError:
            raise bad_request("Malformed JSON in request body.") from None

    def part(self, name: str) -> dict[str, Any]:
        """The object under the one top-level key that this resource wants."""
        value = self.document().get(name)
        if not isinstance(value, dict):
            raise bad_request(f"Resource body required: '{name}'.")
        return value


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """`path` in Routes syntax; `public` ones are served without a token."""

    method: str
    path: str
    handler: Handler
    status: int = 200
    public: bool = False


@dataclass(frozen=True)
class Face:
    """How a service says things of its own: who calls, and what went wrong."""

    authenticate: Callable[[Any], Caller]
    render: Callable[[Fault, Any], Any]


@dataclass
class _Table:
    """Handlers by method for one path."""

    by_method: dict[str, Route] = field(default_factory=dict)

    def pick(self, method: str) -> Route:
        wanted = "GET" if method == "HEAD" and "HEAD" not in self.by_method else method
        try:
            return self.by_method[wanted]
        except KeyError:
            allow = ", ".join(sorted(self.by_method))
            raise Fault(405, f"Method {method} is not allowed here.", Allow=allow) from None


class Application:
    """The WSGI callable. Safe for many threads: it keeps no state of a request."""

    def __init__(self, all_routes: Iterable[Route], face: Face) -> None:
        self._face = face
        self._mapper = routes.Mapper(register=False)
        self._tables: dict[str, _Table] = {}
        for route in all_routes:
            if route.path not in self._tables:
                self._tables[route.path] = _Table()
                self._mapper.connect(None, route.path, _path=route.path)
            self._tables[route.path].by_method[route.method] = route

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = webob.Request(environ)
        response = self._answer(request)
        if "X-Openstack-Request-Id" not in response.headers:
            response.headers["X-Openstack-Request-Id"] = f"req-{uuid.uuid4()}"
        return response(environ, start_response)

    def _answer(self, request: Any) -> Any:
        try:
            return self._dispatch(request)
        except Fault as fault:
            return self._face.render(fault, request)
        except Exception:
            LOG.exception("%s %s failed", request.method, request.path)
            return self._face.render(Fault(500, "An unexpected error occurred."), request)

    def _dispatch(self, request: Any) -> Any:
        match = self._mapper.match(_plain(request.path_info))
        if match is None:
            raise Fault(404, "The resource could not be found.", "HTTPNotFound")
        route = self._tables[match.pop("_path")].pick(request.method)
        caller = ANONYMOUS if route.public else self._face.authenticate(request)
        return _response(route.handler(Call(request, match, caller)), route.status)


def _plain(path: str) -> str:
    """The path without suffixes that clients add and the routes do not name."""
    path = path.removesuffix(".json")
    return path.rstrip("/") or "/"


def _response(result: Any, status: int) -> Any:
    if isinstance(result, webob.Response):
        return result
    if result is None:
        return webob.Response(status=204 if status == 200 else status, content_type=None)
    return json_response(result, status)


def json_response(document: Any, status: int = 200, headers: Mapping[str, str] = {}) -> Any:
    response = webob.Response(status=status, content_type="application/json", charset="UTF-8")
    response.body = json.dumps(document).encode()
    response.headers.update(headers)
    return response
