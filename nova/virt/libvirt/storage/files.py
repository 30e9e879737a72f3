"""Disks as files in the directory of their guest."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from nova.virt.contract.devices import ImageRef
from nova.virt.libvirt.storage.backend import Base, Elsewhere, Origin
from nova.virt.libvirt.storage.formats import record_formats, recorded_formats
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.luks import payload_bytes
from nova.virt.libvirt.storage.qemu_img import LUKS, QemuImg
from nova.virt.libvirt.storage.source import FILE, DiskSource
from nova.virt.libvirt.storage.usage import Usage, measure
from nova.virt.libvirt.storage.users import virtual_size


class _Files:
    """`preallocate` takes the space at once.  `locked` is the format of encrypted disks."""

    format = "raw"
    locked = LUKS

    def __init__(self, layout: Layout, qemu_img: QemuImg, *, preallocate: bool) -> None:
        self._layout = layout
        self._qemu_img = qemu_img
        self._preallocate = preallocate

    def adopt(self, image: ImageRef) -> Elsewhere | None:
        return None

    def make(
        self, uuid: str, name: str, origin: Origin, size: int, secret: str | None = None
    ) -> DiskSource:
        assert isinstance(origin, Base)
        path = self._layout.guest(uuid) / name
        path.unlink(missing_ok=True)
        self._write(origin, path, max(size, origin.virtual_size), secret)
        if self._preallocate:
            self._qemu_img.preallocate(path, max(size, origin.virtual_size))
        kind = self.format if secret is None else self.locked
        self._record(uuid, {name: kind})
        return DiskSource(FILE, kind, str(path))

    def take(self, uuid: str, name: str, file: Path) -> DiskSource | None:
        return None

    def find(self, uuid: str, name: str) -> DiskSource | None:
        directory = self._layout.guest(uuid)
        kind = (recorded_formats(directory) or {}).get(name)
        return DiskSource(FILE, kind, str(directory / name)) if kind else None

    def moment(self, uuid: str, name: str) -> None:
        return None

    def grow(self, uuid: str, name: str, size: int, secret: str | None = None) -> None:
        found = self.find(uuid, name)
        if found is None:
            return
        path = Path(found.path)
        if self._size(path, found.format) < size:
            self._qemu_img.resize(path, found.format, size, secret)
            if self._preallocate:
                self._qemu_img.preallocate(path, size)

    def remove(self, uuid: str, names: Collection[str] | None = None) -> None:
        """All of a guest go with its directory."""
        for name in names or ():
            (self._layout.guest(uuid) / name).unlink(missing_ok=True)
        self._record(uuid, dict.fromkeys(names or (), ""))

    def publish(self, uuid: str, name: str, image_id: str, at_rest: object) -> None:
        return None

    def unpublish(self, uuid: str, name: str, image_id: str) -> None:
        """There is never anything."""

    def usage(self) -> Usage:
        return measure(self._layout)

    def _record(self, uuid: str, formats: Mapping[str, str]) -> None:
        """A disk has a format from the moment it is there; "" for one that is not."""
        directory = self._layout.guest(uuid)
        known = recorded_formats(directory) or {}
        wanted = {name: kind for name, kind in {**known, **formats}.items() if kind}
        if wanted != known and directory.exists():
            record_formats(directory, wanted)

    def _size(self, path: Path, kind: str) -> int:
        if kind == LUKS:
            return payload_bytes(path)
        return virtual_size(path) if kind == "qcow2" else os.stat(path).st_size

    def _copy(self, base: Base, path: Path, kind: str, size: int, secret: str | None) -> None:
        """All of it, resting on nothing."""
        self._qemu_img.convert(
            base.path, base.format, path, kind, read_with=base.secret, lock_with=secret
        )
        if size > base.virtual_size:
            self._qemu_img.resize(path, kind, size, secret)

    def _write(self, base: Base, path: Path, size: int, secret: str | None) -> None:
        raise NotImplementedError


class Overlays(_Files):
    """Files that hold only what differs from the image."""

    format = "qcow2"
    locked = "qcow2"

    def _write(self, base: Base, path: Path, size: int, secret: str | None) -> None:
        if base.encrypted:
            return self._copy(base, path, self.format, size, secret)
        self._qemu_img.overlay(base.path, base.format, path, size, secret)


class Copies(_Files):
    """Plain bytes, or what encrypts to them, resting on nothing."""

    def _write(self, base: Base, path: Path, size: int, secret: str | None) -> None:
        self._copy(base, path, self.format if secret is None else self.locked, size, secret)
