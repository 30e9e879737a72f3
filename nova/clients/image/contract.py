"""Contract of the image service.

Every call is made with the token of the context when it has one, else with the
credentials of this service.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from nova.context import RequestContext
from nova.errors import Conflict, Forbidden, Invalid, NotFound, NovaError, Unavailable


class ImageUnavailable(Unavailable):
    """The image service does not answer, or answers with an error of its own."""


class ImageNotFound(NotFound):
    template = "Image {image_id} could not be found."


class ImageForbidden(Forbidden):
    template = "Not authorized for image {image_id}."


class ImageLimitExceeded(Forbidden):
    template = "Quota exceeded or out of space for image {image_id} in the image service."


class ImageRefused(Invalid):
    template = "Image {image_id} is unacceptable: {reason}"


class ImageDeleteConflict(Conflict):
    template = "Conflict deleting image. Reason: {reason}."


class ImageCorrupt(NovaError):
    template = "Image {image_id} was not transferred whole: {reason}"


@dataclass(frozen=True)
class ImageMeta:
    """What the service knows of an image.

    `size` is bytes of the file, None before it has one; `virtual_size` bytes
    of the disk in it; `min_disk` GiB, `min_ram` MiB.  `hash_algorithm` and
    `hash_value` are os_hash_algo and os_hash_value, `checksum` is MD5.
    `stores` are the names of those stores of the service that hold it,
    `failed_stores` those that it could not be copied to.  `properties` holds all
    other facts by name, as text.
    """

    id: str
    name: str | None = None
    status: str = "active"
    size: int | None = None
    virtual_size: int | None = None
    min_disk: int = 0
    min_ram: int = 0
    checksum: str | None = None
    hash_algorithm: str | None = None
    hash_value: str | None = None
    disk_format: str | None = None
    container_format: str | None = None
    owner: str | None = None
    visibility: str = "private"
    protected: bool = False
    hidden: bool = False
    tags: tuple[str, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    direct_url: str | None = None
    locations: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    failed_stores: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageQuery:
    """Which images; None is no condition.  `filters` are plain parameters of the
    image list (name, status, owner, a property...); `limit` 0 is all of them."""

    filters: Mapping[str, str] = field(default_factory=dict)
    visibility: str | None = None
    sort_key: str = "created_at"
    sort_dir: str = "desc"
    marker: str | None = None
    limit: int = 0


@dataclass(frozen=True)
class ImageDraft:
    """An image to be made.  `id` None lets the service choose; giving one makes a
    repeated create harmless."""

    name: str
    id: str | None = None
    disk_format: str | None = None
    container_format: str | None = None
    min_disk: int = 0
    min_ram: int = 0
    visibility: str = "private"
    owner: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageChange:
    """None means: leave it.  `remove` are names of properties, `set` replaces or adds."""

    name: str | None = None
    min_disk: int | None = None
    min_ram: int | None = None
    visibility: str | None = None
    disk_format: str | None = None
    container_format: str | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    remove: Sequence[str] = ()


class ImageService(Protocol):
    def show(self, context: RequestContext, image_id: str) -> ImageMeta:
        """May be some seconds old.  Raises ImageNotFound, ImageForbidden."""

    def list(
        self, context: RequestContext, query: ImageQuery | None = None
    ) -> tuple[ImageMeta, ...]:
        """Raises ImageRefused for a bad filter or marker."""

    def download(self, context: RequestContext, image_id: str) -> Iterator[bytes]:
        """The bytes in chunks; closing the iterator ends the transfer.

        Raises ImageNotFound (no such image, or it has no bytes yet) and
        ImageForbidden before the first chunk, ImageCorrupt at the end when
        fewer bytes came than announced or the checksum differs.
        """

    def create(self, context: RequestContext, draft: ImageDraft) -> ImageMeta:
        """Without bytes: status queued.  With an id that exists: the existing one,
        when it is the caller's."""

    def upload(
        self,
        context: RequestContext,
        image_id: str,
        chunks: Iterable[bytes],
        change: ImageChange | None = None,
    ) -> ImageMeta:
        """Give a queued image its bytes (and, first, its formats); then it is active.
        Raises ImageNotFound, ImageLimitExceeded, ImageRefused, ImageForbidden."""

    def update(self, context: RequestContext, image_id: str, change: ImageChange) -> ImageMeta:
        """Raises ImageNotFound, ImageForbidden, ImageRefused."""

    def copy(self, context: RequestContext, image_id: str, store: str) -> None:
        """Have the service copy it into another of its stores; `stores` and
        `failed_stores` tell when that is done.  Raises ImageNotFound,
        ImageForbidden, ImageRefused (no such store, no such method)."""

    def locate(self, context: RequestContext, image_id: str, location: str) -> ImageMeta:
        """Give a queued image its bytes by telling where they are; then it is active.
        Raises ImageNotFound, ImageForbidden, ImageRefused (the service does not let
        us say so)."""

    def share(self, context: RequestContext, image_id: str, project_id: str) -> None:
        """Let another project use an image whose visibility is shared; twice is harmless.
        Raises ImageNotFound, ImageForbidden, ImageRefused."""

    def location(self, context: RequestContext, image_id: str) -> str:
        """Where users find the image, as an address of the service without its version."""

    def delete(self, context: RequestContext, image_id: str) -> bool:
        """False when it was gone already.  Raises ImageForbidden (also: protected),
        ImageDeleteConflict (in use)."""
