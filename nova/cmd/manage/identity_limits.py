"""Unified limits in the identity service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg
from oslo_limit import opts as oslo_limit

from nova.clients.http import Answer, Call, ServiceHttp, reason
from nova.clients.identity.contract import IdentityUnavailable
from nova.clients.login import Login, ServiceOptions, load_credentials, load_session
from nova.context import admin_context
from nova.core.clock import Clock
from nova.errors import NovaError

SERVICE_TYPE = "compute"
CONFLICT = 409


class LimitRefused(NovaError):
    template = "The identity service refused {what}: {reason}"


@dataclass(frozen=True)
class Endpoint:
    """What limits are registered for."""

    service_id: str
    region_id: str | None


class IdentityLimits:
    """Registered limits and limits of projects.  Raises IdentityUnavailable, LimitRefused.

    Limits of other projects are shown to a token of the whole system only, which `reader`
    has; `http` may be allowed to set them nevertheless.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, http: ServiceHttp, reader: ServiceHttp, region_id: str | None
    ) -> None:
        self._http = http
        self._reader = reader
        self._endpoint = self._find(conf.oslo_limit, region_id)

    def registered(self) -> dict[str, int]:
        """{name: default limit}"""
        found = self._read("/registered_limits", self._scope())["registered_limits"]
        return {each["resource_name"]: each["default_limit"] for each in found}

    def of_project(self, project_id: str) -> dict[str, int]:
        query = {**self._scope(), "project_id": project_id}
        found = self._read("/limits", query)["limits"]
        return {each["resource_name"]: each["resource_limit"] for each in found}

    def register(self, limits: Mapping[str, int]) -> None:
        self._post("registered_limits", [
            {**self._scope(), "resource_name": name, "default_limit": limit}
            for name, limit in limits.items()
        ])  # fmt: skip

    def set_of_project(self, project_id: str, limits: Mapping[str, int]) -> None:
        """Those that the project has already stay as they are."""
        for name, limit in limits.items():
            asked = {**self._scope(), "project_id": project_id, "resource_name": name,
                     "resource_limit": limit}  # fmt: skip
            self._post("limits", [asked], fine=(CONFLICT,))

    def _scope(self) -> dict[str, str]:
        region = self._endpoint.region_id
        return {"service_id": self._endpoint.service_id} | ({"region_id": region} if region else {})

    def _find(self, options: Any, region_id: str | None) -> Endpoint:
        if options.endpoint_id:
            found = self._read(f"/endpoints/{options.endpoint_id}", {})["endpoint"]
            return Endpoint(found["service_id"], region_id or found.get("region_id"))
        wanted = {"type": options.endpoint_service_type or SERVICE_TYPE}
        if options.endpoint_service_name:
            wanted["name"] = options.endpoint_service_name
        services = self._read("/services", wanted)["services"]
        if not services:
            raise LimitRefused(what="a service", reason=f"there is none of {wanted}")
        return Endpoint(services[0]["id"], region_id or options.endpoint_region_name)

    def _read(self, path: str, query: Mapping[str, str]) -> Any:
        call = Call("GET", path, query=tuple(query.items()))
        answer = self._reader.send(admin_context(), call)
        return _checked(answer, path).json()

    def _post(
        self, key: str, items: Sequence[Mapping[str, Any]], fine: Sequence[int] = ()
    ) -> None:
        if items:
            call = Call("POST", f"/{key}", body={key: list(items)})
            answer = self._http.send(admin_context(), call)
            if answer.status not in fine:
                _checked(answer, key)


def _checked(answer: Answer, what: str) -> Answer:
    if not answer.ok:
        raise LimitRefused(what=what, reason=reason(answer))
    return answer


def connect(conf: cfg.ConfigOpts, clock: Clock, region_id: str | None) -> IdentityLimits:
    """By the credentials of [keystone], for the endpoint that [oslo_limit] names; limits are
    read by the credentials of [oslo_limit] where it has some."""
    oslo_limit.register_opts(conf)
    own = load_credentials(conf, "keystone", borrow=True)
    options, session = ServiceOptions.of(conf, "keystone", "/v3"), load_session(conf, "keystone")
    http, reader = (
        ServiceHttp("identity", Login(options, session, each), clock,
                    unavailable=IdentityUnavailable)
        for each in (own, load_credentials(conf, "oslo_limit") or own)
    )  # fmt: skip
    return IdentityLimits(conf, http, reader, region_id)
