"""The disks of one guest: made, found again, resized, removed."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import ImageTooBig
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.storage import layout as names
from nova.virt.libvirt.storage.blank import BlankDisks
from nova.virt.libvirt.storage.cache import Base, ImageCache
from nova.virt.libvirt.storage.config_drive import ConfigDriveMaker
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.users import backing_file

GIB = 1024**3


@dataclass(frozen=True)
class GuestDisks:
    """The files that are there; keys are their names, values their formats."""

    directory: Path
    formats: Mapping[str, str]

    @classmethod
    def none(cls) -> "GuestDisks":
        return cls(Path("/nonexistent"), {})

    def path(self, name: str) -> str | None:
        return str(self.directory / name) if name in self.formats else None


class DiskBuilder:
    """`overlays`: disks hold only what differs from the image; otherwise they are
    copies in plain bytes.  `preallocate` takes the space at once."""

    def __init__(
        self,
        layout: Layout,
        cache: ImageCache,
        blanks: BlankDisks,
        config_drives: ConfigDriveMaker,
        qemu_img: QemuImg,
        *,
        overlays: bool,
        preallocate: bool,
    ) -> None:
        self._layout = layout
        self._cache = cache
        self._blanks = blanks
        self._config_drives = config_drives
        self._qemu_img = qemu_img
        self._overlays = overlays
        self._preallocate = preallocate

    def fetch(self, guest: GuestSpec) -> dict[str, Base]:
        """The images of the guest, by the name of the file they are for.

        Raises BadImage, ImageTooBig, ImageUnavailable.
        """
        image = guest.root.image
        if image is None:
            return {}
        self._check_announced(guest, image)
        bases = {names.ROOT: self._cache.base(image)}
        for name, image_id in ((names.KERNEL, image.kernel_id), (names.RAMDISK, image.ramdisk_id)):
            if image_id:
                bases[name] = self._cache.base(ImageRef(image_id, "aki"))
        self._check_size(guest, image, bases[names.ROOT].virtual_size)
        return bases

    def build(self, guest: GuestSpec, bases: Mapping[str, Base]) -> GuestDisks:
        """Make all files anew."""
        self.remove(guest.uuid)
        directory = self._layout.guest(guest.uuid)
        directory.mkdir(parents=True)
        formats: dict[str, str] = {}
        for name, base, size in self._wanted(guest, bases):
            formats[name] = self._place(directory / name, base, size, name)
        self._write_config_drive(guest, formats)
        return self._recorded(directory, formats)

    def find(self, guest: GuestSpec) -> GuestDisks | None:
        """What an earlier `build` made, with the config drive renewed if the guest
        brings one; None when there is nothing.  An image that has gone from the
        store is fetched again."""
        directory = self._layout.guest(guest.uuid)
        formats = _formats(directory)
        if formats is None:
            return None
        self._mend_base(guest, directory / names.ROOT)
        self._write_config_drive(guest, formats)
        return self._recorded(directory, formats)

    def exists(self, uuid: str) -> bool:
        return self._layout.guest(uuid).exists()

    def remove(self, uuid: str) -> None:
        """All files of the guest; nothing there is no error."""
        doomed = self._layout.doomed(uuid)
        shutil.rmtree(doomed, ignore_errors=True)
        try:
            os.rename(self._layout.guest(uuid), doomed)
        except FileNotFoundError:
            return
        shutil.rmtree(doomed, ignore_errors=True)

    def _wanted(self, guest: GuestSpec, bases: Mapping[str, Base]) -> list[tuple[str, Base, int]]:
        root = guest.root.size_gb * GIB
        wanted = [
            (name, base, max(root, base.virtual_size) if name == names.ROOT else 0)
            for name, base in bases.items()
        ]
        for number, disk in enumerate(guest.ephemerals):
            base = self._blanks.ephemeral(disk.size_gb, disk.filesystem, guest.os_type)
            wanted.append((names.ephemeral(number), base, base.virtual_size))
        if guest.swap is not None:
            base = self._blanks.swap(guest.swap.size_mb)
            wanted.append((names.SWAP, base, base.virtual_size))
        return wanted

    def _place(self, path: Path, base: Base, size: int, name: str) -> str:
        """Make the file; returns its format."""
        if name in (names.KERNEL, names.RAMDISK):
            shutil.copyfile(base.path, path)
            return "raw"
        if self._overlays:
            self._qemu_img.overlay(base.path, base.format, path, size)
        else:
            self._qemu_img.convert(base.path, base.format, path, "raw")
            if size > base.virtual_size:
                self._qemu_img.resize(path, "raw", size)
        if self._preallocate:
            self._qemu_img.preallocate(path, size)
        return "qcow2" if self._overlays else "raw"

    def _write_config_drive(self, guest: GuestSpec, formats: dict[str, str]) -> None:
        drive = guest.config_drive
        if drive is None or drive.files is None:
            return
        target = self._layout.guest(guest.uuid) / names.CONFIG_DRIVE
        self._config_drives.write(guest.uuid, target, drive.files)
        formats[names.CONFIG_DRIVE] = "raw"

    def _recorded(self, directory: Path, formats: dict[str, str]) -> GuestDisks:
        record = {str(directory / name): kind for name, kind in formats.items()}
        fresh = directory / f"{names.FORMATS}.part"
        fresh.write_text(json.dumps(record))
        os.replace(fresh, directory / names.FORMATS)
        (directory / names.CONSOLE_LOG).touch()
        return GuestDisks(directory, formats)

    def _mend_base(self, guest: GuestSpec, disk: Path) -> None:
        backing = backing_file(disk)
        if backing is not None and not backing.exists() and guest.root.image is not None:
            self._cache.base(guest.root.image)

    def _check_announced(self, guest: GuestSpec, image: ImageRef) -> None:
        """Before anything is fetched: the file alone may be too big already."""
        if image.size is not None and image.disk_format in ("raw", "iso"):
            self._check_size(guest, image, image.size)

    def _check_size(self, guest: GuestSpec, image: ImageRef, size: int) -> None:
        room = guest.root.size_gb * GIB
        if room and size > room:
            raise ImageTooBig(
                uuid=guest.uuid, image_id=image.image_id, image_bytes=size, disk_bytes=room
            )


def _formats(directory: Path) -> dict[str, str] | None:
    try:
        record = json.loads((directory / names.FORMATS).read_text())
    except FileNotFoundError:
        return None
    return {Path(path).name: kind for path, kind in record.items()}
