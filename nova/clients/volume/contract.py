"""Contract of the block storage service.

Every call is made with the token of the context when it has one, else with the
credentials of this service.  Each raises VolumeUnavailable when the service does
not answer, or when there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, Protocol

from nova.context import RequestContext
from nova.errors import Forbidden, Invalid, NotFound, Unavailable


class VolumeUnavailable(Unavailable):
    """The block storage service does not answer, or answers with an error of its own."""


class VolumeNotFound(NotFound):
    template = "Volume {volume_id} could not be found."


class SnapshotNotFound(NotFound):
    template = "Snapshot {snapshot_id} could not be found."


class VolumeRefused(Invalid):
    template = "Invalid input received: {reason}"


class VolumeForbidden(Forbidden):
    template = "{reason}"


class VolumeLimitExceeded(Forbidden):
    template = "Quota exceeded for volumes: {reason}"


@dataclass(frozen=True)
class VolumeAttachment:
    """`device` is the path in the guest."""

    server_id: str
    attachment_id: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class Volume:
    """`size` in GiB."""

    id: str
    size: int
    status: str = "available"
    name: str | None = None
    description: str | None = None
    zone: str | None = None
    type: str | None = None
    snapshot_id: str | None = None
    project_id: str | None = None
    bootable: bool = False
    encrypted: bool = False
    multiattach: bool = False
    created_at: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    image_metadata: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[VolumeAttachment, ...] = ()


@dataclass(frozen=True)
class VolumeDraft:
    """A volume to be made; `size` in GiB."""

    size: int
    name: str | None = None
    description: str | None = None
    zone: str | None = None
    type: str | None = None
    snapshot_id: str | None = None
    image_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """`size` is the volume's, in GiB."""

    id: str
    volume_id: str
    size: int
    status: str = "available"
    name: str | None = None
    description: str | None = None
    created_at: datetime | None = None


class Volumes(Protocol):
    def list(self, context: RequestContext) -> tuple[Volume, ...]:
        """Those that the caller sees."""

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        """Raises VolumeNotFound."""

    def create(self, context: RequestContext, draft: VolumeDraft) -> Volume:
        """Raises SnapshotNotFound, VolumeRefused, VolumeLimitExceeded."""

    def delete(self, context: RequestContext, volume_id: str) -> None:
        """Raises VolumeNotFound, VolumeRefused (it is in use, say)."""


class Snapshots(Protocol):
    def list(self, context: RequestContext) -> tuple[Snapshot, ...]: ...
    def show(self, context: RequestContext, snapshot_id: str) -> Snapshot:
        """Raises SnapshotNotFound."""

    def create(
        self, context: RequestContext, volume_id: str, name: str | None = None,
        description: str | None = None, *, force: bool = False,
    ) -> Snapshot:
        """`force`: also of a volume in use.  Raises VolumeNotFound, VolumeRefused,
        VolumeLimitExceeded."""

    def delete(self, context: RequestContext, snapshot_id: str) -> None:
        """Raises SnapshotNotFound, VolumeRefused."""


class VolumeService(Protocol):
    @property
    def volumes(self) -> Volumes: ...
    @property
    def snapshots(self) -> Snapshots: ...


class NoVolumes:
    """A cloud without block storage."""

    @property
    def volumes(self) -> Any:
        return self._absent()

    @property
    def snapshots(self) -> Any:
        return self._absent()

    def _absent(self) -> NoReturn:
        raise VolumeUnavailable(service="volume", reason="this cloud has no block storage")
