"""Facts of images asked for a moment ago."""

from nova.clients.image.contract import ImageMeta
from nova.context import RequestContext
from nova.core.clock import Clock

# One request asks several times for the same image; longer than that is stale.
KEPT_SECONDS = 3.0
MOST = 256
# What does not change any more (but for its properties).
SETTLED = "active"

Key = tuple[str | None, bool, str]


class RecentImages:
    """Kept by asker: what one may see is no answer for another."""

    def __init__(self, clock: Clock, kept: float = KEPT_SECONDS) -> None:
        self._clock = clock
        self._kept = kept
        self._images: dict[Key, tuple[float, ImageMeta]] = {}

    def get(self, context: RequestContext, image_id: str) -> ImageMeta | None:
        until, image = self._images.get(_key(context, image_id), (0.0, None))
        return image if self._clock.monotonic() < until else None

    def put(self, context: RequestContext, image: ImageMeta) -> ImageMeta:
        """Remember, if it is settled; gives the image back."""
        if image.status == SETTLED:
            if len(self._images) >= MOST:
                self._images = {}
            until = self._clock.monotonic() + self._kept
            self._images[_key(context, image.id)] = (until, image)
        else:
            self._images.pop(_key(context, image.id), None)
        return image

    def forget(self, image_id: str) -> None:
        kept = self._images.items()
        self._images = {key: entry for key, entry in list(kept) if key[2] != image_id}


def _key(context: RequestContext, image_id: str) -> Key:
    return context.project_id, context.is_admin, image_id
