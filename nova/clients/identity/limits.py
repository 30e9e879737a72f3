"""Unified limits of the identity service, over HTTP."""

from collections.abc import Sequence
from typing import Any

from keystoneauth1 import loading
from oslo_config import cfg
from oslo_limit import opts

from nova.clients.http import Call, ServiceHttp, reason
from nova.clients.identity.contract import IdentityUnavailable
from nova.clients.login import TransportFactory, load_login
from nova.clients.observer import Observer
from nova.clients.patience import Patience
from nova.context import RequestContext
from nova.core.clock import Clock

GROUP = "oslo_limit"


class UnifiedLimits:
    """The limits of the service (and region) of the endpoint that [oslo_limit] names."""

    def __init__(self, http: ServiceHttp, options: Any) -> None:
        self._http = http
        self._options = options
        self._place: list[tuple[str, str]] | None = None

    def registered(self, context: RequestContext) -> dict[str, int]:
        rows = self._list(context, "registered_limits", self._where(context))
        return {row["resource_name"]: row["default_limit"] for row in rows}

    def of_project(self, context: RequestContext, project_id: str) -> dict[str, int]:
        where = [*self._where(context), ("project_id", project_id)]
        rows = self._list(context, "limits", where)
        return {row["resource_name"]: row["resource_limit"] for row in rows}

    def _where(self, context: RequestContext) -> list[tuple[str, str]]:
        """Which service's limits; found once."""
        if self._place is None:
            endpoint = self._endpoint(context)
            place = [("service_id", endpoint["service_id"]), ("region_id", endpoint["region_id"])]
            self._place = [(name, value) for name, value in place if value]
        return self._place

    def _endpoint(self, context: RequestContext) -> dict[str, Any]:
        options = self._options
        if options.endpoint_id:
            body = self._get(context, f"/endpoints/{options.endpoint_id}", ())
            found: dict[str, Any] = body["endpoint"]
            return found
        services = self._list(context, "services", _given(
            type=options.endpoint_service_type, name=options.endpoint_service_name
        ))
        for service in services:
            for endpoint in self._list(context, "endpoints", _given(
                service_id=service["id"], interface=options.endpoint_interface,
                region_id=options.endpoint_region_name,
            )):
                return endpoint
        raise IdentityUnavailable(
            service="identity", reason=f"[{GROUP}] names no endpoint that the catalogue has"
        )

    def _list(
        self, context: RequestContext, what: str, query: Sequence[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._get(context, f"/{what}", query)[what]
        return rows

    def _get(
        self, context: RequestContext, path: str, query: Sequence[tuple[str, str]]
    ) -> dict[str, Any]:
        answer = self._http.send(context, Call("GET", path, query=query))
        if not answer.ok:
            raise IdentityUnavailable(service="identity", reason=f"{path}: {reason(answer)}")
        body: dict[str, Any] = answer.json()
        return body


def _given(**values: str | None) -> list[tuple[str, str]]:
    return [(name, value) for name, value in values.items() if value]


def connect(
    conf: cfg.ConfigOpts, clock: Clock, observer: Observer, transport: TransportFactory
) -> UnifiedLimits:
    """The limits that group [oslo_limit] points to; no call is made yet."""
    opts.register_opts(conf)
    loading.register_session_conf_options(conf, GROUP)
    loading.register_adapter_conf_options(conf, GROUP)
    conf.set_default("service_type", "identity", group=GROUP)
    login = load_login(conf, GROUP, "/v3", transport=transport)
    http = ServiceHttp(
        "identity", login, clock, unavailable=IdentityUnavailable, observer=observer,
        patience=Patience.of(conf[GROUP]),
    )
    return UnifiedLimits(http, conf[GROUP])
