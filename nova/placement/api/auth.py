"""Who asks: keystonemiddleware, or (for tests) whatever the request says."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keystonemiddleware import auth_token
from oslo_config import cfg

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def protect(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """`app` behind the configured strategy; refusing is left to the app."""
    if conf.api.auth_strategy == "noauth2":
        return Believing(app)
    protocol: Wsgi = auth_token.AuthProtocol(
        app, {"oslo_config_config": conf, "delay_auth_decision": True}
    )
    return protocol


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
