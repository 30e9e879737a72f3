"""Are the bytes those that the image service registered?"""

import hashlib

from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import BadImage, ImageChecksumMismatch


class Integrity:
    """Fed with the bytes of an image as they arrive; judges at the end.

    The stronger hash is taken if the image service has one, else the MD5; an
    image with neither is only measured.
    """

    def __init__(self, image: ImageRef) -> None:
        self._image = image
        self._algorithm, self._expected = _registered(image)
        self._digest = _new_digest(image, self._algorithm)
        self.size = 0

    def update(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self._digest is not None:
            self._digest.update(chunk)

    def check(self) -> None:
        """Raises ImageChecksumMismatch, BadImage."""
        if self._image.size is not None and self.size != self._image.size:
            raise BadImage(
                image_id=self._image.image_id,
                reason=f"{self.size} bytes arrived instead of {self._image.size}",
            )
        if self._digest is None:
            return
        actual = self._digest.hexdigest()
        if actual != self._expected:
            raise ImageChecksumMismatch(
                image_id=self._image.image_id,
                algorithm=self._algorithm,
                actual=actual,
                expected=self._expected,
            )


def _registered(image: ImageRef) -> tuple[str | None, str | None]:
    if image.hash_algorithm and image.hash_value:
        return image.hash_algorithm.lower(), image.hash_value.lower()
    if image.checksum:
        return "md5", image.checksum.lower()
    return None, None


def _new_digest(image: ImageRef, algorithm: str | None) -> "hashlib._Hash | None":
    if algorithm is None:
        return None
    try:
        return hashlib.new(algorithm, usedforsecurity=False)
    except ValueError:
        reason = f"its hash algorithm {algorithm} is unknown"
        raise BadImage(image_id=image.image_id, reason=reason) from None
