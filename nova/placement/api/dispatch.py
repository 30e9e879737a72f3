"""One request from the socket to its handler and back."""

import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from sqlalchemy import exc

from nova.context import new_request_id
from nova.placement import errors, versions
from nova.placement.api import auth, problems
from nova.placement.api.handlers import root
from nova.placement.api.metrics import CONTENT_TYPE, Metrics
from nova.placement.api.request import JSON, Reply, Request
from nova.placement.api.routes import Endpoint, Route, Table
from nova.placement.api.services import Services

LOG = logging.getLogger(__name__)

Start = Callable[..., Any]
Headers = list[tuple[str, str]]


class MethodRefused(errors.PlacementError):
    """The path is there, the method is not."""

    code = 405

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__(message="The method specified is not allowed for this resource.")
        self.allowed = ", ".join(sorted(allowed))


class Dispatcher:
    """The WSGI application proper: everything but authentication and CORS."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._table = Table()
        self._metrics = Metrics()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        begun = self._services.clock.monotonic()
        answering = _Answering(self._services, self._table, environ)
        status, headers, body = answering.answer()
        start(f"{status} {HTTPStatus(status).phrase}", headers)
        spent = self._services.clock.monotonic() - begun
        self._note(environ, answering, status, len(body), spent)
        return [body]

    def refuse(
        self, error: errors.PlacementError, environ: dict[str, Any], start: Start, more: Headers
    ) -> Iterable[bytes]:
        """Answer `error` to a request that is not let in."""
        answering = _Answering(self._services, self._table, environ)
        with suppress(errors.PlacementError):
            answering.version = _version(environ)
        status, headers, body = answering.failure(error)
        start(f"{status} {HTTPStatus(status).phrase}", [*headers, *more])
        self._note(environ, answering, status, len(body), 0)
        return [body]

    def _note(
        self, environ: dict[str, Any], answering: "_Answering", status: int, size: int, spent: float
    ) -> None:
        method = environ["REQUEST_METHOD"]
        self._metrics.count(method, answering.route, status, spent)
        LOG.info(
            '"%s %s" status: %s len: %s microversion: %s %s',
            method,
            environ.get("PATH_INFO", ""),
            status,
            size,
            versions.written(answering.version),
            answering.request_id,
        )

    def metrics_page(self, _environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """/metrics"""
        body = self._metrics.page()
        start("200 OK", [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body)))])
        return [body]


class _Answering:
    """The state of one request while it is answered."""

    def __init__(self, services: Services, table: Table, environ: dict[str, Any]) -> None:
        self._services = services
        self._table = table
        self._environ = environ
        self.request_id = new_request_id()
        self.version = versions.OLDEST
        self.route = ""

    def answer(self) -> tuple[int, Headers, bytes]:
        try:
            return self._success(self._reply())
        except errors.PlacementError as error:
            return self.failure(error)
        except (exc.OperationalError, exc.TimeoutError) as error:
            LOG.exception("The database failed a request (%s)", self.request_id)
            away = errors.Away(message=f"The database does not answer: {error.args[0]}")
            return self.failure(away)
        except Exception as error:
            LOG.exception("A request failed (%s)", self.request_id)
            unknown = errors.PlacementError(message=f"Unexpected {type(error).__name__}")
            return self.failure(unknown)

    def _reply(self) -> Reply:
        path = self._environ.get("PATH_INFO", "")
        request = Request(self._environ, self._services, self.version)
        if path in ("", "/"):
            return self._home(request)
        request.credentials = _credentials(self._environ)
        self.version = request.version = _version(self._environ)
        _check_body(self._environ)
        endpoint, request.items = self._endpoint(path)
        _check_accept(self._environ)
        self._services.gate.check(endpoint.rule, request.credentials, endpoint.target(request))
        return endpoint.handler(request)

    def _home(self, request: Request) -> Reply:
        self.route = "/"
        if self._environ["REQUEST_METHOD"] != "GET":
            raise MethodRefused(["GET"])
        return root.home(request)

    def _endpoint(self, path: str) -> tuple[Endpoint, Any]:
        found = self._table.find(path)
        if found is None:
            raise errors.Missing(message="The resource could not be found.")
        self.route = found.route.path
        endpoint = found.route.methods.get(self._environ["REQUEST_METHOD"])
        if endpoint is None:
            raise MethodRefused(found.route.methods)
        if self.version < endpoint.since:
            raise self._below(endpoint, found.route)
        return endpoint, found.items

    def _below(self, endpoint: Endpoint, route: Route) -> errors.PlacementError:
        if endpoint.hidden == HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodRefused(
                method for method, each in route.methods.items() if each.since <= self.version
            )
        return errors.Missing(message="The resource could not be found.")

    def _success(self, reply: Reply) -> tuple[int, Headers, bytes]:
        headers = [*self._common(), *reply.headers.items()]
        if reply.changed_at is not None and self.version >= versions.CACHE_HEADERS:
            headers += [
                ("last-modified", _http_date(reply.changed_at)),
                ("cache-control", "no-cache"),
            ]
        body = b""
        if reply.body is not None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            headers.append(("content-type", JSON))
        if reply.status != HTTPStatus.NO_CONTENT:
            headers.append(("content-length", str(len(body))))
        return reply.status, headers, body

    def failure(self, error: errors.PlacementError) -> tuple[int, Headers, bytes]:
        body = problems.document(error, self.request_id, self.version)
        headers = [*self._common(), ("content-type", JSON), ("content-length", str(len(body)))]
        if isinstance(error, MethodRefused):
            headers.append(("allow", error.allowed))
        return error.code, headers, body

    def _common(self) -> Headers:
        return [
            ("vary", versions.HEADER.lower()),
            (versions.HEADER.lower(), f"{versions.SERVICE} {versions.written(self.version)}"),
            ("x-openstack-request-id", self.request_id),
        ]


def _credentials(environ: dict[str, Any]) -> Any:
    found = auth.credentials(environ)
    if found is None:
        raise errors.NotAuthenticated(message="Authentication required")
    return found


def _version(environ: dict[str, Any]) -> int:
    asked = versions.asked(environ.get("HTTP_OPENSTACK_API_VERSION", ""))
    if asked is None:
        return versions.OLDEST
    try:
        found = versions.parse(asked)
    except ValueError as error:
        raise errors.BadRequest(message=f"invalid version string: {asked}") from error
    if found is None or not versions.OLDEST <= found <= versions.NEWEST:
        raise errors.NotAcceptable(message=f"Unacceptable version header: {asked}")
    return found


def _check_body(environ: dict[str, Any]) -> None:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise errors.BadRequest(message="content-length header must be an integer")
    if int(length) and not environ.get("CONTENT_TYPE"):
        raise errors.BadRequest(message="content-type header required when content-length > 0")


def _check_accept(environ: dict[str, Any]) -> None:
    accept = environ.get("HTTP_ACCEPT", "")
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if kinds and not {JSON, "application/*", "*/*", "*"} & set(kinds):
        raise errors.NotAcceptable(message=f"Only {JSON} is provided")


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
