"""The block storage service over HTTP."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from oslo_config import cfg

from nova.clients.catalog import Wanted
from nova.clients.http import Answer, Call, ServiceHttp, reason
from nova.clients.login import (
    Login,
    ServiceOptions,
    TransportFactory,
    load_credentials,
    load_session,
    pooled_transport,
    service_user,
)
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience
from nova.clients.volume import wire
from nova.clients.volume.contract import (
    Snapshot,
    SnapshotNotFound,
    Volume,
    VolumeDraft,
    VolumeForbidden,
    VolumeLimitExceeded,
    VolumeNotFound,
    VolumeRefused,
    VolumeUnavailable,
)
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import NovaError

T = TypeVar("T")
GROUP = "cinder"
_PROJECT_TAIL = re.compile(r"(/v3)(/[^/]*)?$")
# The service lists at most this many at a time.
PAGE = 1000


class Places(ServiceOptions):
    """Catalogues name the service with the project of their reader; paths name it here."""

    def versioned(self, url: str) -> str:
        found = _PROJECT_TAIL.sub(r"\1", url.rstrip("/"))
        return found if found.endswith("/v3") else f"{found}/v3"


class Calls:
    """Calls below a project, with errors as the contract has them."""

    def __init__(self, http: ServiceHttp) -> None:
        self._http = http

    def send(
        self, context: RequestContext, method: str, path: str, missing: Callable[[], NovaError],
        ids: dict[str, str] | None = None, body: Any = None,
        query: tuple[tuple[str, str], ...] = (),
    ) -> Answer:
        named = {"project": context.project_id or "", **(ids or {})}
        call = Call(method, "/{project}" + path, named, query, body)
        answer = self._http.send(context, call, as_user=True)
        if not answer.ok:
            raise _refusal(answer, missing)
        return answer

    def pages(
        self, context: RequestContext, path: str, name: str, read: Callable[[Any], T]
    ) -> tuple[T, ...]:
        """All of a list, asked for page by page."""
        found: list[T] = []
        marker: tuple[tuple[str, str], ...] = ()
        while True:
            query = (("limit", str(PAGE)), *marker)
            rows = self.send(context, "GET", path, _nothing, query=query).json()[name]
            found += [read(row) for row in rows]
            if len(rows) < PAGE:
                return tuple(found)
            marker = (("marker", rows[-1]["id"]),)


def _nothing() -> NovaError:
    return VolumeUnavailable(service="volume", reason="it does not know its own lists")


def _refusal(answer: Answer, missing: Callable[[], NovaError]) -> NovaError:
    why = reason(answer)
    if answer.status == 404:
        return missing()
    if answer.status == 413:
        return VolumeLimitExceeded(reason=why)
    if answer.status == 403:
        return VolumeForbidden(reason=why)
    return VolumeRefused(reason=why)


class _Volumes:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, context: RequestContext) -> tuple[Volume, ...]:
        return self._calls.pages(context, "/volumes/detail", "volumes", wire.volume)

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        answer = self._calls.send(
            context, "GET", "/volumes/{volume}", lambda: VolumeNotFound(volume_id=volume_id),
            {"volume": volume_id},
        )
        return wire.volume(answer.json()["volume"])

    def create(self, context: RequestContext, draft: VolumeDraft) -> Volume:
        answer = self._calls.send(
            context, "POST", "/volumes",
            lambda: SnapshotNotFound(snapshot_id=draft.snapshot_id or ""), body=wire.draft(draft),
        )
        return wire.volume(answer.json()["volume"])

    def delete(self, context: RequestContext, volume_id: str) -> None:
        self._calls.send(
            context, "DELETE", "/volumes/{volume}", lambda: VolumeNotFound(volume_id=volume_id),
            {"volume": volume_id},
        )


class _Snapshots:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, context: RequestContext) -> tuple[Snapshot, ...]:
        return self._calls.pages(context, "/snapshots/detail", "snapshots", wire.snapshot)

    def show(self, context: RequestContext, snapshot_id: str) -> Snapshot:
        answer = self._calls.send(
            context, "GET", "/snapshots/{snapshot}",
            lambda: SnapshotNotFound(snapshot_id=snapshot_id), {"snapshot": snapshot_id},
        )
        return wire.snapshot(answer.json()["snapshot"])

    def create(
        self, context: RequestContext, volume_id: str, name: str | None = None,
        description: str | None = None, *, force: bool = False,
    ) -> Snapshot:
        wanted = {"volume_id": volume_id, "name": name, "description": description,
                  "force": force}  # fmt: skip
        answer = self._calls.send(
            context, "POST", "/snapshots", lambda: VolumeNotFound(volume_id=volume_id),
            body={"snapshot": wanted},
        )
        return wire.snapshot(answer.json()["snapshot"])

    def delete(self, context: RequestContext, snapshot_id: str) -> None:
        self._calls.send(
            context, "DELETE", "/snapshots/{snapshot}",
            lambda: SnapshotNotFound(snapshot_id=snapshot_id), {"snapshot": snapshot_id},
        )


class Cinder:
    """VolumeService over HTTP."""

    def __init__(self, http: ServiceHttp) -> None:
        calls = Calls(http)
        self.volumes = _Volumes(calls)
        self.snapshots = _Snapshots(calls)


def places(conf: cfg.ConfigOpts) -> Places:
    """Where [cinder]catalog_info (type:name:interface) or endpoint_template say it is."""
    options = conf[GROUP]
    kind, name, interface = options.catalog_info.split(":", 2)
    wanted = Wanted(
        kind, name or None, (interface.removesuffix("URL"),), options.os_region_name or None
    )
    template = options.endpoint_template
    return Places(wanted, template.partition("/%(")[0] if template else None, "/v3")


def connect(
    conf: cfg.ConfigOpts,
    clock: Clock,
    *,
    observer: Observer = unobserved,
    transport: TransportFactory = pooled_transport,
) -> Cinder:
    """The block storage service of group [cinder]; no call is made yet."""
    login = Login(
        places(conf), load_session(conf, GROUP, transport),
        load_credentials(conf, GROUP, borrow=True), service_user(conf),
    )
    return Cinder(ServiceHttp(
        "volume", login, clock, unavailable=VolumeUnavailable, observer=observer,
        patience=Patience(conf[GROUP].http_retries),
    ))
