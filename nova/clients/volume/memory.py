"""The block storage service in memory."""

import uuid
from dataclasses import dataclass, field, replace

from nova.clients.gate import Gate, open_gate
from nova.clients.volume.contract import (
    Snapshot,
    SnapshotNotFound,
    Volume,
    VolumeDraft,
    VolumeLimitExceeded,
    VolumeNotFound,
    VolumeRefused,
)
from nova.context import RequestContext
from nova.core.clock import Clock


@dataclass
class VolumeState:
    """Share one among clients to give them one service.  `limit` is of volumes in all."""

    clock: Clock
    gate: Gate = open_gate
    volumes: dict[str, Volume] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    limit: int = 1000

    def visible(self, context: RequestContext, volume: Volume) -> bool:
        return context.is_admin or volume.project_id in (None, context.project_id)


class _Volumes:
    def __init__(self, state: VolumeState) -> None:
        self._state = state

    def list(self, context: RequestContext) -> tuple[Volume, ...]:
        self._state.gate("volume.list")
        found = self._state.volumes.values()
        return tuple(each for each in found if self._state.visible(context, each))

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        self._state.gate("volume.show")
        found = self._state.volumes.get(volume_id)
        if found is None or not self._state.visible(context, found):
            raise VolumeNotFound(volume_id=volume_id)
        return found

    def create(self, context: RequestContext, draft: VolumeDraft) -> Volume:
        self._state.gate("volume.create")
        if draft.snapshot_id and draft.snapshot_id not in self._state.snapshots:
            raise SnapshotNotFound(snapshot_id=draft.snapshot_id)
        if len(self._state.volumes) >= self._state.limit:
            raise VolumeLimitExceeded(reason=f"{self._state.limit} volumes are allowed")
        made = Volume(
            id=str(uuid.uuid4()), size=draft.size, name=draft.name, zone=draft.zone or "nova",
            description=draft.description, type=draft.type, snapshot_id=draft.snapshot_id,
            project_id=context.project_id, bootable=bool(draft.image_id),
            created_at=self._state.clock.now(), metadata=dict(draft.metadata),
        )
        self._state.volumes[made.id] = made
        return made

    def delete(self, context: RequestContext, volume_id: str) -> None:
        if self.show(context, volume_id).status not in ("available", "error"):
            raise VolumeRefused(reason="Volume status must be available or error")
        del self._state.volumes[volume_id]


class _Snapshots:
    def __init__(self, state: VolumeState, volumes: _Volumes) -> None:
        self._state = state
        self._volumes = volumes

    def list(self, context: RequestContext) -> tuple[Snapshot, ...]:
        self._state.gate("snapshot.list")
        visible = {volume.id for volume in self._volumes.list(context)}
        return tuple(
            each for each in self._state.snapshots.values() if each.volume_id in visible
        )

    def show(self, context: RequestContext, snapshot_id: str) -> Snapshot:
        self._state.gate("snapshot.show")
        for found in self.list(context):
            if found.id == snapshot_id:
                return found
        raise SnapshotNotFound(snapshot_id=snapshot_id)

    def create(
        self, context: RequestContext, volume_id: str, name: str | None = None,
        description: str | None = None, *, force: bool = False,
    ) -> Snapshot:
        self._state.gate("snapshot.create")
        volume = self._volumes.show(context, volume_id)
        if volume.status != "available" and not force:
            raise VolumeRefused(reason="Volume status must be available")
        made = Snapshot(
            id=str(uuid.uuid4()), volume_id=volume_id, size=volume.size, name=name,
            description=description, created_at=self._state.clock.now(),
        )
        self._state.snapshots[made.id] = made
        return made

    def delete(self, context: RequestContext, snapshot_id: str) -> None:
        self.show(context, snapshot_id)
        del self._state.snapshots[snapshot_id]


class VolumeMemory:
    """VolumeService over a state that other clients may share."""

    def __init__(self, state: VolumeState) -> None:
        self.state = state
        self.volumes = _Volumes(state)
        self.snapshots = _Snapshots(state, self.volumes)

    def put(self, volume: Volume, **changes: object) -> Volume:
        """A volume as if made elsewhere."""
        made = replace(volume, **changes)  # type: ignore[arg-type]
        self.state.volumes[made.id] = made
        return made
