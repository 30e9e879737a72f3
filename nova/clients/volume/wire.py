"""Volumes and snapshots as the REST API of the block storage service writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nova.clients.volume.contract import Snapshot, Volume, VolumeAttachment, VolumeDraft


def volume(body: Mapping[str, Any]) -> Volume:
    return Volume(
        id=body["id"],
        size=int(body.get("size") or 0),
        status=body.get("status", "creating"),
        name=body.get("name"),
        description=body.get("description"),
        zone=body.get("availability_zone"),
        type=body.get("volume_type"),
        snapshot_id=body.get("snapshot_id"),
        project_id=body.get("os-vol-tenant-attr:tenant_id"),
        bootable=str(body.get("bootable", "false")).lower() == "true",
        encrypted=bool(body.get("encrypted")),
        multiattach=bool(body.get("multiattach")),
        created_at=_moment(body.get("created_at")),
        metadata=dict(body.get("metadata") or {}),
        image_metadata=dict(body.get("volume_image_metadata") or {}),
        attachments=tuple(_attachment(each) for each in body.get("attachments") or ()),
    )


def _attachment(body: Mapping[str, Any]) -> VolumeAttachment:
    return VolumeAttachment(body["server_id"], body.get("attachment_id"), body.get("device"))


def snapshot(body: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        id=body["id"],
        volume_id=body["volume_id"],
        size=int(body.get("size") or 0),
        status=body.get("status", "creating"),
        name=body.get("name"),
        description=body.get("description"),
        created_at=_moment(body.get("created_at")),
    )


def draft(wanted: VolumeDraft) -> dict[str, Any]:
    named = {
        "size": wanted.size,
        "name": wanted.name,
        "description": wanted.description,
        "availability_zone": wanted.zone,
        "volume_type": wanted.type,
        "snapshot_id": wanted.snapshot_id,
        "imageRef": wanted.image_id,
        "metadata": dict(wanted.metadata) or None,
    }
    return {"volume": {name: value for name, value in named.items() if value is not None}}


def _moment(text: str | None) -> datetime | None:
    """The service writes UTC without saying so."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
