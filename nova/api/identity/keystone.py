"""Identity by tokens of Keystone."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keystonemiddleware import auth_token
from oslo_config import cfg

from nova.api.wsgi import CONTEXT, GLOBAL_REQUEST_ID, REQUEST_ID, Environ, StartResponse, Wrap, Wsgi
from nova.context import RequestContext


def keystone(conf: cfg.ConfigOpts) -> Wrap:
    """Tokens are validated as [keystone_authtoken] says; without a valid one: 401."""

    def wrap(app: Wsgi) -> Wsgi:
        guarded: Wsgi = auth_token.AuthProtocol(
            with_context(app), {"oslo_config_config": conf}
        )
        return guarded

    return wrap


def with_context(app: Wsgi) -> Wsgi:
    """Reads the headers that a validated token left."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ[CONTEXT] = context_of(environ)
        return app(environ, start_response)

    return answer


def context_of(environ: Mapping[str, Any]) -> RequestContext:
    read = environ.get
    return RequestContext(
        user_id=read("HTTP_X_USER_ID"),
        project_id=read("HTTP_X_PROJECT_ID"),
        request_id=environ[REQUEST_ID],
        global_request_id=read(GLOBAL_REQUEST_ID),
        auth_token=read("HTTP_X_AUTH_TOKEN"),
        roles=_listed(read("HTTP_X_ROLES")),
        user_domain_id=read("HTTP_X_USER_DOMAIN_ID"),
        project_domain_id=read("HTTP_X_PROJECT_DOMAIN_ID"),
        user_name=read("HTTP_X_USER_NAME"),
        project_name=read("HTTP_X_PROJECT_NAME"),
        system_scope=read("HTTP_OPENSTACK_SYSTEM_SCOPE"),
        domain_id=read("HTTP_X_DOMAIN_ID"),
        remote_address=read("REMOTE_ADDR"),
        service_roles=_listed(read("HTTP_X_SERVICE_ROLES")),
        service_catalog=tuple(json.loads(read("HTTP_X_SERVICE_CATALOG") or "[]")),
    )


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
