"""A block storage service that speaks version 3 of the protocol, over a service in memory."""

import json
from typing import Any

import webob
import webob.dec

from nova.clients.volume.contract import Snapshot, Volume, VolumeDraft
from nova.clients.volume.memory import VolumeMemory
from nova.context import RequestContext
from nova.errors import NovaError
from tests.contracts.clients_volume.tokens import PROJECTS


class CinderApp:
    """`calls` are (method, path below the project, project of the path)."""

    def __init__(self, service: VolumeMemory) -> None:
        self._service = service
        self.calls: list[tuple[str, str, str]] = []

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        version, project, *path = request.path_info.strip("/").split("/")
        assert version == "v3"
        self.calls.append((request.method, "/".join(path), project))
        if PROJECTS.get(request.headers.get("X-Auth-Token", "")) != project:
            return _answer(401, {"error": {"message": "who?"}})
        context = RequestContext(project_id=project)
        try:
            return self._routed(context, request, path)
        except NovaError as error:
            kind = {404: "itemNotFound", 403: "overLimit"}.get(error.code, "badRequest")
            code = 413 if kind == "overLimit" else error.code
            return _answer(code, {kind: {"code": code, "message": error.message}})

    def _routed(
        self, context: RequestContext, request: webob.Request, path: list[str]
    ) -> webob.Response:
        kind, *rest = path
        part: Any = self._service.volumes if kind == "volumes" else self._service.snapshots
        show = _volume if kind == "volumes" else _snapshot
        if request.method == "POST":
            return _answer(202, {kind[:-1]: show(self._made(context, kind, request.json))})
        if request.method == "DELETE":
            part.delete(context, rest[0])
            return _answer(202, None)
        if rest == ["detail"]:
            found = [show(each) for each in part.list(context)]
            return _answer(200, {kind: _page(found, request.GET)})
        return _answer(200, {kind[:-1]: show(part.show(context, rest[0]))})

    def _made(self, context: RequestContext, kind: str, body: dict[str, Any]) -> Any:
        asked = body[kind[:-1]]
        if kind == "snapshots":
            return self._service.snapshots.create(
                context, asked["volume_id"], asked["name"], asked["description"],
                force=asked["force"],
            )
        return self._service.volumes.create(context, VolumeDraft(
            asked["size"], asked.get("name"), asked.get("description"),
            asked.get("availability_zone"), asked.get("volume_type"), asked.get("snapshot_id"),
            asked.get("imageRef"), asked.get("metadata") or {},
        ))


def _page(found: list[dict[str, Any]], query: Any) -> list[dict[str, Any]]:
    ids = [each["id"] for each in found]
    start = ids.index(query["marker"]) + 1 if "marker" in query else 0
    return found[start : start + int(query["limit"])]


def _answer(status: int, body: Any) -> webob.Response:
    text = b"" if body is None else json.dumps(body).encode()
    return webob.Response(text, status=status, content_type="application/json", charset=None)


def _volume(volume: Volume) -> dict[str, Any]:
    return {
        "id": volume.id, "size": volume.size, "status": volume.status, "name": volume.name,
        "description": volume.description, "availability_zone": volume.zone,
        "volume_type": volume.type, "snapshot_id": volume.snapshot_id,
        "os-vol-tenant-attr:tenant_id": volume.project_id,
        "bootable": "true" if volume.bootable else "false", "encrypted": volume.encrypted,
        "multiattach": volume.multiattach, "created_at": _time(volume),
        "metadata": dict(volume.metadata),
        "attachments": [
            {"server_id": each.server_id, "attachment_id": each.attachment_id, "id": volume.id,
             "volume_id": volume.id, "device": each.device}
            for each in volume.attachments
        ],
    }  # fmt: skip


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id, "volume_id": snapshot.volume_id, "size": snapshot.size,
        "status": snapshot.status, "name": snapshot.name, "description": snapshot.description,
        "created_at": _time(snapshot),
    }  # fmt: skip


def _time(made: Volume | Snapshot) -> str | None:
    return made.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f") if made.created_at else None
