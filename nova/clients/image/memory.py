"""The image service in memory: all of its behaviour, no socket."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import count

from nova.clients.gate import Gate, open_gate
from nova.clients.image.contract import (
    ImageChange,
    ImageDraft,
    ImageForbidden,
    ImageMeta,
    ImageNotFound,
    ImageQuery,
    ImageRefused,
)
from nova.clients.image.transfer import filled, verified
from nova.clients.image.wire import FACTS
from nova.context import RequestContext
from nova.core.clock import Clock

CHUNK_BYTES = 1 << 16
HASH = "sha512"
# Who may see an image that is not theirs.
OPEN_TO_ALL = ("public", "community")


class ImageState:
    """Share one among clients to give them one service.  Times are the clock's;
    `stores` are the names of those that images can be copied to;
    `takes_locations`: users may say where the bytes of an image are."""

    def __init__(self, clock: Clock, gate: Gate = open_gate) -> None:
        self.images: dict[str, ImageMeta] = {}
        self.files: dict[str, bytes] = {}
        self.members: set[tuple[str, str]] = set()
        """(image, project) of images that are shared."""
        self.stores: set[str] = set()
        self.takes_locations = True
        self.gate = gate
        self.clock = clock
        self._lock: AbstractContextManager[object] = clock.lock()
        self._numbers = count(1)

    @contextmanager
    def during(self, operation: str) -> Iterator[None]:
        """Alone with the state, unless the gate objects."""
        self.gate(f"image.{operation}")
        with self._lock:
            yield

    def new_id(self) -> str:
        return f"00000000-0000-4000-9000-{next(self._numbers):012x}"

    def add(self, image: ImageMeta, content: bytes = b"") -> ImageMeta:
        """An active image with these bytes, its size and checksums made to fit."""
        made = replace(image, status="active", **_sums(content))  # type: ignore[arg-type]
        self.files[image.id] = content
        self.images[image.id] = made
        return made


class ImageMemory:
    """ImageService over a state that other clients may share."""

    def __init__(self, state: ImageState) -> None:
        self._state = state

    def show(self, context: RequestContext, image_id: str) -> ImageMeta:
        with self._state.during("show"):
            return self._seen(context, image_id)

    def list(
        self, context: RequestContext, query: ImageQuery | None = None
    ) -> tuple[ImageMeta, ...]:
        query = query or ImageQuery()
        with self._state.during("list"):
            found = [one for one in self._state.images.values() if self._sees(context, one)]
            if query.marker is not None and query.marker not in self._state.images:
                raise ImageRefused(image_id=query.marker, reason="it is no marker")
            found = [one for one in found if _matches(one, query)]
            found.sort(
                key=lambda one: _order(one, query.sort_key), reverse=query.sort_dir == "desc"
            )
            return _cut(found, query)

    def download(self, context: RequestContext, image_id: str) -> Iterator[bytes]:
        with self._state.during("download"):
            image = self._seen(context, image_id)
            content = self._state.files.get(image_id)
            if content is None:
                raise ImageNotFound(image_id=image_id)
        pieces = range(0, len(content), CHUNK_BYTES)
        return verified(image, (content[at : at + CHUNK_BYTES] for at in pieces))

    def create(self, context: RequestContext, draft: ImageDraft) -> ImageMeta:
        with self._state.during("create"):
            if draft.id in self._state.images:
                return self._seen(context, draft.id or "")
            now = self._state.clock.now().replace(microsecond=0)
            made = ImageMeta(
                id=draft.id or self._state.new_id(),
                name=draft.name,
                status="queued",
                min_disk=draft.min_disk,
                min_ram=draft.min_ram,
                disk_format=draft.disk_format,
                container_format=draft.container_format,
                owner=draft.owner or context.project_id,
                visibility=draft.visibility,
                created_at=now,
                updated_at=now,
                properties={k: v for k, v in draft.properties.items() if k not in FACTS},
            )
            self._state.images[made.id] = made
            return made

    def upload(
        self,
        context: RequestContext,
        image_id: str,
        chunks: Iterable[bytes],
        change: ImageChange | None = None,
    ) -> ImageMeta:
        if change is not None:
            self.update(context, image_id, change)
        content = b"".join(filled(chunks))
        with self._state.during("upload"):
            image = self._own(context, image_id)
            if image.status != "queued":
                raise ImageRefused(image_id=image_id, reason=f"it is {image.status}")
            if not (image.disk_format and image.container_format):
                raise ImageRefused(image_id=image_id, reason="its format is not known")
            return self._state.add(self._touched(image), content)

    def update(self, context: RequestContext, image_id: str, change: ImageChange) -> ImageMeta:
        with self._state.during("update"):
            image = self._own(context, image_id)
            properties = {**image.properties, **change.set}
            for name in change.remove:
                properties.pop(name, None)
            changed = replace(self._touched(image), properties=properties, **_given(change))  # type: ignore[arg-type]
            self._state.images[image_id] = changed
            return changed

    def copy(self, context: RequestContext, image_id: str, store: str) -> None:
        with self._state.during("copy"):
            image = self._own(context, image_id)
            if store not in self._state.stores:
                raise ImageRefused(image_id=image_id, reason=f"there is no store {store}")
            stores = tuple(dict.fromkeys((*image.stores, store)))
            self._state.images[image_id] = replace(image, stores=stores)

    def locate(self, context: RequestContext, image_id: str, location: str) -> ImageMeta:
        with self._state.during("locate"):
            image = self._own(context, image_id)
            if not self._state.takes_locations:
                raise ImageForbidden(image_id=image_id)
            if image.status != "queued":
                raise ImageRefused(image_id=image_id, reason=f"it is {image.status}")
            places = (*image.locations, location)
            made = replace(self._touched(image), status="active", locations=places)
            self._state.images[image_id] = made
            return made

    def share(self, context: RequestContext, image_id: str, project_id: str) -> None:
        with self._state.during("share"):
            if self._own(context, image_id).visibility != "shared":
                raise ImageForbidden(image_id=image_id)
            self._state.members.add((image_id, project_id))

    def location(self, context: RequestContext, image_id: str) -> str:
        return f"http://image.example/images/{image_id}"

    def delete(self, context: RequestContext, image_id: str) -> bool:
        with self._state.during("delete"):
            if image_id not in self._state.images:
                return False
            if self._own(context, image_id).protected:
                raise ImageForbidden(image_id=image_id)
            del self._state.images[image_id]
            self._state.files.pop(image_id, None)
            return True

    def _seen(self, context: RequestContext, image_id: str) -> ImageMeta:
        image = self._state.images.get(image_id)
        if image is None or not self._sees(context, image):
            raise ImageNotFound(image_id=image_id)
        return image

    def _sees(self, context: RequestContext, image: ImageMeta) -> bool:
        member = (image.id, context.project_id) in self._state.members
        return _sees(context, image) or (image.visibility == "shared" and member)

    def _own(self, context: RequestContext, image_id: str) -> ImageMeta:
        image = self._seen(context, image_id)
        if not context.is_admin and image.owner != context.project_id:
            raise ImageForbidden(image_id=image_id)
        return image

    def _touched(self, image: ImageMeta) -> ImageMeta:
        return replace(image, updated_at=self._state.clock.now().replace(microsecond=0))


def _sees(context: RequestContext, image: ImageMeta) -> bool:
    own = image.owner == context.project_id
    return context.is_admin or own or image.visibility in OPEN_TO_ALL


def _matches(image: ImageMeta, query: ImageQuery) -> bool:
    if query.visibility not in (None, "all", image.visibility):
        return False
    return all(_value(image, name) == value for name, value in query.filters.items())


def _value(image: ImageMeta, name: str) -> str | None:
    if name in image.properties:
        return image.properties[name]
    value = getattr(image, name, None)
    return None if value is None else str(value)


def _order(image: ImageMeta, key: str) -> tuple[str, str]:
    return _value(image, key) or "", image.id


def _cut(found: list[ImageMeta], query: ImageQuery) -> tuple[ImageMeta, ...]:
    ids = [one.id for one in found]
    start = ids.index(query.marker) + 1 if query.marker in ids else 0
    return tuple(found[start : start + query.limit if query.limit else None])


def _given(change: ImageChange) -> Mapping[str, object]:
    names = ("name", "min_disk", "min_ram", "visibility", "disk_format", "container_format")
    told = {name: getattr(change, name) for name in names}
    return {name: value for name, value in told.items() if value is not None}


def _sums(content: bytes) -> Mapping[str, object]:
    return {
        "size": len(content),
        "checksum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "hash_algorithm": HASH,
        "hash_value": hashlib.new(HASH, content).hexdigest(),
    }
