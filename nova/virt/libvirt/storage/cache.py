"""Images on this host: fetched once, examined on arrival, shared by many disks.

An image is a file named by its id, and beside it a note saying which image it is
and what is in the file.  Both appear at once, when everything is right; what a
killed process leaves behind has another name and is written over by the next.
"""

import json
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from nova.core.clock import Clock
from nova.errors import NovaError
from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import ImageUnavailable
from nova.virt.contract.images import CachedImage, ImageSource
from nova.virt.contract.trust import NOBODY_SAID, Trust
from nova.virt.imagery.inspection import STRICT, Content, Rules
from nova.virt.imagery.intake import Intake
from nova.virt.imagery.vetting import Vetting
from nova.virt.libvirt.storage.aging import Aging
from nova.virt.libvirt.storage.backend import Base
from nova.virt.libvirt.storage.cache_files import (
    kept_files,
    note_of,
    signer_of,
    users,
    write_note,
)
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lock import FileLocks
from nova.virt.libvirt.storage.qemu_img import QemuImg

Approval = Callable[[int], None]
"""Given how many bytes an image unfolds to; raises if that is too much."""


def any_size(size: int) -> None:
    """No size is too much."""


class ImageCache:
    """`raw` unfolds every image to plain bytes on arrival, unless it is encrypted, and stays
    so; `rules` say which are taken."""

    def __init__(
        self,
        layout: Layout,
        source: ImageSource,
        qemu_img: QemuImg,
        locks: FileLocks,
        clock: Clock,
        *,
        raw: bool,
        rules: Rules = STRICT,
        vetting: Vetting | None = None,
    ) -> None:
        self._layout = layout
        self._source = source
        self._qemu_img = qemu_img
        self._locks = locks
        self._clock = clock
        self._raw = raw
        self._rules = rules
        self._vetting = vetting or Vetting(source)
        self._aging = Aging(layout, locks, clock)

    def base(
        self, image: ImageRef, approve: Approval = any_size, trust: Trust = NOBODY_SAID
    ) -> Base:
        """The image, fetched if it is not here, and unfolded if `approve` does not
        mind.  Raises BadImage, UntrustedCertificate, ImageUnavailable, and what
        `approve` raises."""
        path = self._layout.image(image.image_id)
        with self._locks.holding(path.name):
            known = self._vetted(image.image_id, trust)
            if known is None:
                known = self._fetch(image, path, approve, trust)
            os.utime(path)
        return known

    def vets(self, trust: Trust) -> bool:
        """Whether images are taken only when somebody trusted signed them."""
        return self._vetting.wanted(trust)

    def cache(self, image: ImageRef) -> bool:
        here = self._known(image.image_id) is not None
        self.base(image)
        return here

    def cached(self) -> Sequence[CachedImage]:
        used = users(self._layout)
        return [
            CachedImage(
                kept.called, kept.path.stat().st_blocks * 512, used.get(kept.path.name, 0)
            )
            for kept in kept_files(self._layout)
            if kept.image_id is not None
        ]

    def prune(
        self,
        keep: Collection[str],
        *,
        unused_seconds: float,
        resized_seconds: float | None = None,
    ) -> Sequence[str]:
        resized = unused_seconds if resized_seconds is None else resized_seconds
        return self._aging.prune(keep, unused_seconds=unused_seconds, resized_seconds=resized)

    def _vetted(self, image_id: str, trust: Trust) -> Base | None:
        """What is here, if whoever wants to know may know that it was signed; its signature
        is not among its bytes, and can be judged only as they arrive."""
        known = self._known(image_id)
        if known is None or not self.vets(trust):
            return known
        signer = signer_of(known.path)
        if signer is None:
            return None
        self._vetting.vouch(image_id, signer, trust)
        return known

    def _known(self, image_id: str) -> Base | None:
        path = self._layout.image(image_id)
        if not path.exists():
            return None
        if not note_of(path).exists():
            # Put here by an older release, which kept plain bytes unless told otherwise.
            return Base(path, "raw", path.stat().st_size) if self._raw else None
        note = json.loads(note_of(path).read_text())
        encrypted = bool(note.get("encrypted"))
        return Base(path, note["format"], note["virtual_size"], encrypted)

    def _fetch(self, image: ImageRef, path: Path, approve: Approval, trust: Trust) -> Base:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            content, signer = self._download(image, part, trust)
            approve(content.virtual_size)
            if self._raw and content.format != "raw" and not content.encrypted:
                content = self._unfold(part, content)
            write_note(path, image.image_id, content, signer)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return Base(path, content.format, content.virtual_size, content.encrypted)

    def _download(self, image: ImageRef, part: Path, trust: Trust) -> tuple[Content, str | None]:
        """What it is, and who signed it, if that was asked for."""
        try:
            stream = self._source.fetch(image.image_id)
        except NovaError as error:
            raise ImageUnavailable(image_id=image.image_id, reason=error.message) from error
        signature = self._vetting.check_of(stream.ref, trust)
        intake = Intake(image, stream, self._rules, signature)
        with part.open("wb") as file:
            for chunk in intake:
                _write_sparse(file.fileno(), chunk)
            file.truncate(os.lseek(file.fileno(), 0, os.SEEK_CUR))
            os.fsync(file.fileno())
        return intake.content(), None if signature is None else signature.signer

    def _unfold(self, part: Path, content: Content) -> Content:
        raw = part.with_suffix(".converted")
        try:
            self._qemu_img.convert(part, content.format, raw, "raw")
            os.replace(raw, part)
        finally:
            raw.unlink(missing_ok=True)
        return Content("raw", part.stat().st_size)


def _write_sparse(handle: int, chunk: bytes) -> None:
    """A chunk of zeros becomes a hole."""
    if chunk.count(0) == len(chunk):
        os.lseek(handle, len(chunk), os.SEEK_CUR)
        return
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]
