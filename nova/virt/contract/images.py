"""Where images come from, and the host's own store of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from nova.context import RequestContext
from nova.virt.contract.devices import ImageRef


@dataclass(frozen=True)
class ImageStream:
    """The bytes of an image, and what the image service says of them now.

    `chunks` can be read once; closing it (it may be a generator) ends the
    transfer.
    """

    chunks: Iterator[bytes]
    ref: ImageRef


class ImageSource(Protocol):
    """Given to a driver at construction by whoever can speak to an image service.

    All of it raises NotFound, Forbidden, Unavailable (of nova.errors)."""

    def look(self, image_id: str) -> ImageRef:
        """What the image service says of it now."""

    def fetch(self, image_id: str) -> ImageStream: ...

    def copy(self, image_id: str, store: str) -> None:
        """Ask the image service to copy it into another of its stores; returns at
        once.  Also raises Invalid, Conflict."""

    def certificate(self, certificate_id: str, context: RequestContext | None) -> bytes:
        """One that images may be signed with, in DER form, fetched in the name of `context`
        (None: of this service)."""


@dataclass(frozen=True)
class CachedImage:
    """An image in the host's store; `disk_bytes` is what it occupies there."""

    image_id: str
    disk_bytes: int
    users: int


class Images(Protocol):
    def cache(self, image: ImageRef) -> bool:
        """Have the image here before it is needed.  True: it was here already.
        Raises BadImage, ImageUnavailable."""

    def cached(self) -> Sequence[CachedImage]:
        """What is here.  `users` counts the guests whose disks rest on it."""

    def prune(
        self,
        keep: Collection[str],
        *,
        unused_seconds: float,
        resized_seconds: float | None = None,
    ) -> Sequence[str]:
        """Drop images that no guest rests on, that are not in `keep`, and that
        nobody used for so long (None: as long as other images).  The ids of what was
        dropped, or its name where it is no image."""
