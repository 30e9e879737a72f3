"""Image bytes on their way: counted and compared with what was announced."""

import hashlib
from collections.abc import Iterable, Iterator

from nova.clients.image.contract import ImageCorrupt, ImageMeta


def verified(image: ImageMeta, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks; at their end raises ImageCorrupt when they are not the image's.

    The newer hash is compared when there is one, else MD5, always the size.
    """
    digest = _digest(image)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if digest is not None:
            digest[0].update(chunk)
        yield chunk
    if image.size is not None and size != image.size:
        raise ImageCorrupt(image_id=image.id, reason=f"{size} of {image.size} bytes came")
    if digest is not None and digest[0].hexdigest() != digest[1]:
        raise ImageCorrupt(image_id=image.id, reason=f"its {digest[0].name} differs")


def _digest(image: ImageMeta) -> "tuple[hashlib._Hash, str] | None":
    if image.hash_value and image.hash_algorithm in hashlib.algorithms_available:
        return hashlib.new(image.hash_algorithm or "", usedforsecurity=False), image.hash_value
    if image.checksum:
        return hashlib.md5(usedforsecurity=False), image.checksum
    return None


def filled(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks that are not empty: an empty one would end a chunked upload early."""
    return (chunk for chunk in chunks if chunk)
