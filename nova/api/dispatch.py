"""One request, from its version to its answer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import webob
import webob.exc
from oslo_config import cfg
from oslo_context import context as log_context

from nova.api import faults, negotiation
from nova.api.openapi.checking import AnswerCheck
from nova.api.policies import PolicyEnforcer
from nova.api.reading import BodyMalformed, check_body, check_query, read_body, read_query
from nova.api.router import Match, Router, split_project
from nova.api.wsgi import CONTEXT, ROUTE, VERSION, Environ, StartResponse
from nova.context import RequestContext
from nova.core.call import Answer, Call, Route
from nova.core.links import with_prefix, without_version
from nova.core.shape import Shape
from nova.core.validating import Checked
from nova.errors import Invalid, NotFound, NovaError
from nova.microversions import BASE, Microversion

JSON = "application/json"


class ProjectMismatch(Invalid):
    template = (
        "Malformed request URL: URL's project_id '{asked}' doesn't match "
        "Context's project_id '{own}'"
    )


class ActionUnknown(Invalid):
    template = "There is no such action: {action}"


class NotAtThisVersion(NotFound):
    template = faults.NOT_FOUND


class Unauthenticated(NovaError):
    template = "The request you have made requires authentication."
    code = 401


class Gone(NovaError):
    template = faults.GONE
    code = 410


@dataclass(frozen=True)
class Asked:
    """A request as far as its address tells."""

    request: webob.Request
    context: RequestContext
    match: Match
    project: str | None
    path: str
    version: Microversion
    legacy: bool


class Dispatcher:
    """The WSGI application below /v2.1 (or /v2, when `legacy`)."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        seams: Any,
        router: Router,
        policy: PolicyEnforcer,
        *,
        legacy: bool = False,
    ) -> None:
        self._conf = conf
        self._seams = seams
        self._router = router
        self._policy = policy
        self._legacy = legacy
        self._checked: dict[int, Checked] = {}
        self._check = AnswerCheck(conf.api.response_validation)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: Environ) -> Any:
        path = _path(environ)
        project, below = split_project(path) if path is not None else (None, "")
        if project is not None and not below:
            return _add_slash(environ)
        match = self._router.match(environ["REQUEST_METHOD"], below)
        if match is None:
            return webob.exc.HTTPNotFound()
        environ[ROUTE] = match.resource.path
        try:
            version = BASE if self._legacy else negotiation.negotiate(environ)
        except NovaError as error:
            return faults.of_error(error)
        environ[VERSION] = version
        answer = self._negotiated(environ, match, project, below, version)
        if not self._legacy:
            answer.headers.update(negotiation.headers(version))
        return answer

    def _negotiated(
        self, environ: Environ, match: Match, project: str | None, path: str, version: Microversion
    ) -> webob.Response:
        try:
            context = self._context(environ)
            _same_project(project, context)
            request = webob.Request(environ)
            asked = Asked(request, context, match, project, path, version, self._legacy)
            return self._handled(asked)
        except webob.exc.HTTPException as answer:
            # The size limit speaks up only when a body of unknown length is being read.
            return answer
        except Exception as error:  # noqa: BLE001 - the last place where an error can be answered
            return faults.of_error(error)

    def _context(self, environ: Environ) -> RequestContext:
        context: RequestContext | None = environ.get(CONTEXT)
        if context is None:
            raise Unauthenticated
        if not context.is_admin and self._policy.is_admin(context):
            context = replace(context, is_admin=True)
        _sign_log_lines(context)
        return context

    def _handled(self, asked: Asked) -> webob.Response:
        resource = asked.match.resource
        if resource.gone:
            raise Gone
        body = read_body(asked.request)
        route = _of_version(_candidates(asked, body), asked.version)
        call = self._call(asked, route, body)
        if route.policy is not None:
            call.enforce(route.policy)
        given = route.handler(call)
        answer = given if isinstance(given, Answer) else Answer(given)
        self._check(route, asked.version, answer.status or route.success, answer.body)
        return _response(route, answer)

    def _call(self, asked: Asked, route: Route, body: Any) -> Call[Any]:
        query = read_query(asked.request.environ.get("QUERY_STRING", ""))
        if route.body is not None:
            check_body(self._shape(route.body), asked.version, asked.legacy, body)
        if route.query is not None:
            query = check_query(self._shape(route.query), asked.version, query)
        endpoint = with_prefix(asked.request.application_url, self._conf.api.compute_link_prefix)
        tail = "" if asked.project is None else f"/{asked.project}"
        return Call(
            context=asked.context, version=asked.version, seams=self._seams, policy=self._policy,
            url=endpoint + tail, bookmark=without_version(endpoint) + tail, endpoint=endpoint,
            params=asked.match.params, query=query, body=body, legacy=asked.legacy, path=asked.path,
        )

    def _shape(self, shape: Shape) -> Checked:
        """Compiled once; shapes live as long as the routes that hold them."""
        found = self._checked.get(id(shape))
        if found is None:
            found = self._checked.setdefault(id(shape), Checked(shape))
        return found


def _sign_log_lines(context: RequestContext) -> None:
    """Whatever this thread logs from now on carries the request's id, user and project."""
    log_context.RequestContext(
        request_id=context.request_id, global_request_id=context.global_request_id,
        user_id=context.user_id, project_id=context.project_id,
    )


def _path(environ: Environ) -> str | None:
    """None when it is not text."""
    try:
        path: str = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    return None if "\0" in path else path


def _add_slash(environ: Environ) -> Any:
    return webob.exc.HTTPFound(location=webob.Request(environ).path_url + "/")


def _same_project(asked: str | None, context: RequestContext) -> None:
    if asked is not None and asked != context.project_id:
        raise ProjectMismatch(asked=asked, own=context.project_id)


def _candidates(asked: Asked, body: Any) -> Sequence[Route]:
    resource = asked.match.resource
    if not resource.takes_action:
        return resource.routes
    if not isinstance(body, dict) or len(body) != 1:
        raise BodyMalformed
    (action,) = body
    if action in resource.gone_actions:
        raise Gone
    if action not in resource.actions:
        raise ActionUnknown(action=action)
    return resource.actions[action]


def _of_version(routes: Iterable[Route], version: Microversion) -> Route:
    for route in routes:
        if route.exists(version):
            return route
    raise NotAtThisVersion


def _response(route: Route, answer: Answer) -> webob.Response:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    response = webob.Response(
        content, status=answer.status or route.success, content_type=JSON, charset=None
    )
    response.headers.update(answer.headers)
    return response
