"""Having the image service copy an image into the store that is near."""

from nova.core.clock import Clock
from nova.errors import NovaError
from nova.virt.contract.errors import ImageUnavailable
from nova.virt.contract.images import ImageSource


class StoreCopy:
    """Of images into `store`, which the image service is asked about every `interval`
    seconds, for `timeout` seconds at most."""

    def __init__(
        self, source: ImageSource, clock: Clock, *, store: str, interval: float, timeout: float
    ) -> None:
        self._source = source
        self._clock = clock
        self._store = store
        self._interval = interval
        self._timeout = timeout

    def bring(self, image_id: str) -> None:
        """Returns when the image is there.  Raises ImageUnavailable."""
        try:
            self._bring(image_id)
        except ImageUnavailable:
            raise
        except NovaError as error:
            raise ImageUnavailable(image_id=image_id, reason=error.message) from error

    def _bring(self, image_id: str) -> None:
        if self._store in self._source.look(image_id).stores:
            return
        deadline = self._clock.monotonic() + self._timeout
        self._source.copy(image_id, self._store)
        while self._store not in (image := self._source.look(image_id)).stores:
            if self._store in image.failed_stores:
                self._give_up(image_id, "could not be copied")
            if self._clock.monotonic() >= deadline:
                self._give_up(image_id, f"was not copied in {self._timeout:.0f} s")
            self._clock.sleep(self._interval)

    def _give_up(self, image_id: str, what: str) -> None:
        raise ImageUnavailable(image_id=image_id, reason=f"it {what} to the store {self._store}")
