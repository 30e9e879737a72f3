"""The contents of images: one file each, measured while it is written."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from oslo_utils.imageutils import format_inspector

CHUNK = 1 << 18
HASH = "sha512"


@dataclass
class Measure:
    """What is learnt of contents as they pass."""

    disk_format: str | None
    size: int = 0
    _md5: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))
    _hash: Any = field(default_factory=lambda: hashlib.new(HASH))
    _inspector: Any = None

    def __post_init__(self) -> None:
        kind = format_inspector.ALL_FORMATS.get(self.disk_format or "")
        self._inspector = kind() if kind and self.disk_format != "raw" else None

    def eat(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._md5.update(chunk)
        self._hash.update(chunk)
        self._inspect(chunk)

    def columns(self) -> dict[str, Any]:
        return {
            "size": self.size,
            "virtual_size": self._virtual_size(),
            "checksum": self._md5.hexdigest(),
            "os_hash_algo": HASH,
            "os_hash_value": self._hash.hexdigest(),
        }

    def _inspect(self, chunk: bytes) -> None:
        """Contents that are not of the declared format have no known virtual size."""
        if self._inspector is None or self._inspector.complete:
            return
        try:
            self._inspector.eat_chunk(chunk)
        except format_inspector.ImageFormatError:
            self._inspector = None

    def _virtual_size(self) -> int | None:
        if self.disk_format == "raw":
            return self.size
        if self._inspector is None or not self._inspector.format_match:
            return None
        return int(self._inspector.virtual_size) or None


class Files:
    """A directory; a file appears under its image's id only when it is whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        for partial in directory.glob("*.part"):  # uploads that a crash cut short
            partial.unlink()

    def write(self, image_id: str, source: BinaryIO, measure: Measure) -> None:
        """Keep all of `source`; nothing remains when reading it fails."""
        partial = self._directory / f"{image_id}.part"
        try:
            with partial.open("wb") as target:
                while chunk := source.read(CHUNK):
                    measure.eat(chunk)
                    target.write(chunk)
            partial.rename(self._path(image_id))
        finally:
            partial.unlink(missing_ok=True)

    def read(self, image_id: str, start: int, length: int) -> Iterator[bytes]:
        """The bytes in chunks. Opened at once: a deletion later does not cut it short."""
        source = self._path(image_id).open("rb")
        source.seek(start)
        return _chunks(source, length)

    def remove(self, image_id: str) -> None:
        self._path(image_id).unlink(missing_ok=True)

    def _path(self, image_id: str) -> Path:
        return self._directory / image_id


def _chunks(source: BinaryIO, length: int) -> Iterator[bytes]:
    with contextlib.closing(source):
        while length > 0 and (chunk := source.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
