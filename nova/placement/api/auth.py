"""Who asks: keystonemiddleware, or (for tests) whatever the request says."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keystoneauth1.exceptions import ClientException
from keystonemiddleware import auth_token
from oslo_config import cfg

from nova.placement import errors

LOG = logging.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]
Refuse = Callable[
    [errors.PlacementError, dict[str, Any], Callable[..., Any], Headers], Iterable[bytes]
]


def protect(app: Wsgi, refuse: Refuse, conf: cfg.ConfigOpts) -> Wsgi:
    """`app` behind the configured strategy; `refuse` words the refusals."""
    if conf.api.auth_strategy == "noauth2":
        return Believing(app)
    protocol: Wsgi = auth_token.AuthProtocol(app, {"oslo_config_config": conf})
    return Guarded(app, protocol, refuse)


class Guarded:
    """The identity middleware, answering in our words and not asked for the list of versions."""

    def __init__(self, app: Wsgi, protocol: Wsgi, refuse: Refuse) -> None:
        self._app = app
        self._protocol = protocol
        self._refuse = refuse

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "") in ("", "/"):
            return self._app(environ, start_response)
        begun = _Begun()
        try:
            body = self._protocol(environ, begun)
        except ClientException as failure:
            LOG.warning("The identity service failed: %s", failure)
            return self._refuse(_away(), environ, start_response, [])
        if begun.ours:
            start_response(begun.status, begun.headers)
            return body
        error = (
            _away()
            if begun.status.startswith("503")
            else errors.NotAuthenticated(
                message="The request you have made requires authentication."
            )
        )
        return self._refuse(error, environ, start_response, begun.challenge)


class _Begun:
    """Remembers how an answer began."""

    status = ""

    def __init__(self) -> None:
        self.headers: Headers = []

    def __call__(self, status: str, headers: Headers, _info: Any = None) -> Callable[..., Any]:
        self.status, self.headers = status, headers
        return lambda data: None

    @property
    def ours(self) -> bool:
        return any(name == "x-openstack-request-id" for name, _ in self.headers)

    @property
    def challenge(self) -> Headers:
        return [pair for pair in self.headers if pair[0].lower() == "www-authenticate"]


def _away() -> errors.PlacementError:
    return errors.Away(message="The Keystone service is temporarily unavailable.")


class Believing:
    """X-Auth-Token 'user:project'; the user admin has the admin roles, others what X-Roles says."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        token = environ.get("HTTP_X_AUTH_TOKEN")
        if token:
            user, _, project = token.partition(":")
            admin = "admin,member,reader,service" if user == "admin" else ""
            environ["HTTP_X_USER_ID"] = user
            environ["HTTP_X_PROJECT_ID"] = project or user
            environ["HTTP_X_ROLES"] = environ.get("HTTP_X_ROLES") or admin
            environ["HTTP_X_IDENTITY_STATUS"] = "Confirmed"
        return self._app(environ, start_response)


def credentials(environ: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """For the policy check; None for a request without (valid) credentials."""
    if environ.get("HTTP_X_IDENTITY_STATUS") != "Confirmed" or not environ.get("HTTP_X_USER_ID"):
        return None
    roles = [role.strip() for role in environ.get("HTTP_X_ROLES", "").split(",") if role.strip()]
    return {
        "user_id": environ["HTTP_X_USER_ID"],
        "project_id": environ.get("HTTP_X_PROJECT_ID"),
        "domain_id": environ.get("HTTP_X_DOMAIN_ID"),
        "system_scope": environ.get("HTTP_OPENSTACK_SYSTEM_SCOPE"),
        "roles": [role.lower() for role in roles],
    }
