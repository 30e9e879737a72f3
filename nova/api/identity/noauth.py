"""No identity service: callers say who they are.  For trials and tests only."""

from collections.abc import Iterable

from nova.api.wsgi import CONTEXT, GLOBAL_REQUEST_ID, REQUEST_ID, Environ, StartResponse, Wsgi
from nova.context import RequestContext

ADMIN = "admin"
ADMIN_ROLES = ("admin", "manager", "member", "reader")
USER_ROLES = ("member", "reader")


def noauth2(app: Wsgi) -> Wsgi:
    """X-Auth-Token is 'USER:PROJECT'; the user named admin is an administrator.

    A request without a token gets one for X-Auth-User and X-Auth-Project-Id.
    """

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        token = environ.get("HTTP_X_AUTH_TOKEN")
        if token is None:
            return _hand_out(environ, start_response)
        environ[CONTEXT] = _context(environ, token)
        return app(environ, start_response)

    return answer


def _context(environ: Environ, token: str) -> RequestContext:
    user, _, project = token.partition(":")
    return RequestContext(
        user_id=user,
        project_id=project or user,
        request_id=environ[REQUEST_ID],
        global_request_id=environ.get(GLOBAL_REQUEST_ID),
        auth_token=token,
        roles=ADMIN_ROLES if user == ADMIN else USER_ROLES,
        is_admin=user == ADMIN,
        remote_address=environ.get("REMOTE_ADDR"),
    )


def _hand_out(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    user = environ.get("HTTP_X_AUTH_USER", ADMIN)
    project = environ.get("HTTP_X_AUTH_PROJECT_ID", ADMIN)
    root = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}"
    here = root + environ.get("SCRIPT_NAME", "")
    start_response("204 No Content", [
        ("X-Auth-Token", f"{user}:{project}"),
        ("X-Server-Management-Url", f"{here}/{project}"),
        ("Content-Type", "text/plain; charset=UTF-8"),
    ])
    return []
