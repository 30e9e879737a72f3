"""The identity service over HTTP."""

import functools
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova.clients.http import Call, ServiceHttp
from nova.clients.identity import limits
from nova.clients.identity.contract import IdentityUnavailable, Verdict
from nova.clients.identity.limits import UnifiedLimits
from nova.clients.login import (
    Login,
    TransportFactory,
    load_login,
    pooled_transport,
    service_user,
)
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience
from nova.context import RequestContext
from nova.core.clock import Clock

PROJECT = "/projects/{project}"
VERDICTS = {404: Verdict.MISSING, 401: Verdict.UNKNOWN, 403: Verdict.UNKNOWN}


class Keystone:
    """IdentityService over HTTP.

    Our own credentials ask when there are some; else the user's token, which
    may see its own project only: then the answer is often UNKNOWN.
    """

    def __init__(
        self,
        http: ServiceHttp,
        login: Login,
        limits: Callable[[], UnifiedLimits],
        voucher: Any | None = None,
    ) -> None:
        self._http = http
        self._login = login
        self._limits = limits
        self._voucher = voucher

    def project(self, context: RequestContext, project_id: str) -> Verdict:
        call = Call("GET", PROJECT, {"project": project_id})
        by_user = self._login.credentials is None
        if by_user and not context.auth_token:
            return Verdict.UNKNOWN
        answer = self._http.send(context, call, as_user=by_user)
        return Verdict.EXISTS if answer.ok else VERDICTS.get(answer.status, Verdict.UNKNOWN)

    def registered_limits(self, context: RequestContext) -> dict[str, int]:
        return self._limits().registered(context)

    def project_limits(self, context: RequestContext, project_id: str) -> dict[str, int]:
        return self._limits().of_project(context, project_id)

    def service_token(self) -> str | None:
        voucher = self._voucher
        if voucher is None:
            return None
        return self._http.guarded(lambda: str(voucher.get_token(self._login.session)))


def connect(
    conf: cfg.ConfigOpts,
    clock: Clock,
    *,
    observer: Observer = unobserved,
    transport: TransportFactory = pooled_transport,
) -> Keystone:
    """The identity service of group [keystone]; no call is made yet."""
    login = load_login(conf, "keystone", "/v3", transport=transport)
    http = ServiceHttp(
        "identity",
        login,
        clock,
        unavailable=IdentityUnavailable,
        observer=observer,
        patience=Patience.of(conf.keystone),
    )
    # Options and login of unified limits are looked at only where they are in use.
    limited = functools.cache(lambda: limits.connect(conf, clock, observer, transport))
    return Keystone(http, login, limited, service_user(conf))
