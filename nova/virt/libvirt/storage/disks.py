"""The disks of one guest: made, found again, resized, removed."""

import dataclasses
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nova.virt.contract.devices import ConfigDrive, ImageRef
from nova.virt.contract.errors import BadImage, ImageTooBig
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.trust import Trust
from nova.virt.libvirt.storage import layout as names
from nova.virt.libvirt.storage.backend import Base, DiskBackend, Origin
from nova.virt.libvirt.storage.blank import BlankDisks
from nova.virt.libvirt.storage.cache import ImageCache
from nova.virt.libvirt.storage.config_drive import ConfigDriveMaker
from nova.virt.libvirt.storage.encryption import passphrases
from nova.virt.libvirt.storage.formats import record_formats, recorded_formats
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.source import FILE, DiskSource
from nova.virt.libvirt.storage.users import backing_file

GIB = 1024**3


@dataclass(frozen=True)
class GuestDisks:
    """What the guest has: files of its directory, by their names, with their formats,
    and disks that lie elsewhere, by the same names."""

    directory: Path
    formats: Mapping[str, str]
    sources: Mapping[str, DiskSource] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "GuestDisks":
        return cls(Path("/nonexistent"), {})

    def path(self, name: str) -> str | None:
        """Of a file or a device of this host."""
        found = self.source(name)
        return None if found is None or found.ceph is not None else found.path

    def source(self, name: str) -> DiskSource | None:
        if name in self.formats:
            return DiskSource(FILE, self.formats[name], str(self.directory / name))
        return self.sources.get(name)


class DiskBuilder:
    """Disks are where `backend` puts them; kernel and console are files, wherever."""

    def __init__(
        self,
        layout: Layout,
        cache: ImageCache,
        blanks: BlankDisks,
        config_drives: ConfigDriveMaker,
        backend: DiskBackend,
    ) -> None:
        self._layout = layout
        self._cache = cache
        self._blanks = blanks
        self._config_drives = config_drives
        self.backend = backend

    def fetch(self, guest: GuestSpec) -> dict[str, Origin]:
        """What the guest's disks begin as, by the name of the disk they are for.

        Raises BadImage, UntrustedCertificate, ImageTooBig, ImageUnavailable.
        """
        image = guest.root.image
        if image is None:
            return {}
        self._check_announced(guest, image)
        root = self.origin(guest, image)
        return {names.ROOT: root, **self._kernel(image, guest.trust)}

    def origin(self, guest: GuestSpec, image: ImageRef) -> Origin:
        """The image, fetched if need be; raises ImageTooBig unless its disk holds it."""

        def approve(size: int) -> None:
            self._check_size(guest, image, size)

        found = self._adopted(guest, image) or self._cache.base(image, approve, guest.trust)
        approve(found.virtual_size)
        if isinstance(found, Base) and found.encrypted:
            return _unlocked(found, guest, image)
        return found

    def build(self, guest: GuestSpec, origins: Mapping[str, Origin]) -> GuestDisks:
        """Make all disks anew."""
        self.remove(guest.uuid)
        self._layout.guest(guest.uuid).mkdir(parents=True)
        made = {
            name: self._place(guest, name, origin, size)
            for name, origin, size in self._wanted(guest, origins)
        }
        return self._finished(guest, made)

    def renew(self, guest: GuestSpec, origins: Mapping[str, Origin]) -> GuestDisks:
        """As `build`, but ephemeral disks that are there stay as they are.  What the old
        guest said on its console is not the new one's."""
        kept = {name: one for name, one in (self._found(guest) or {}).items()
                if name.startswith(names.EPHEMERAL)}  # fmt: skip
        self.backend.remove(guest.uuid, [n for n in names_of(guest) if n not in kept])
        self._layout.guest(guest.uuid).mkdir(parents=True, exist_ok=True)
        for log in self._layout.guest(guest.uuid).glob(f"{names.CONSOLE_LOG}*"):
            log.unlink()
        made = {
            name: self._place(guest, name, origin, size)
            for name, origin, size in self._wanted(guest, origins)
            if name not in kept
        }
        return self._finished(guest, {**made, **kept})

    def find(self, guest: GuestSpec) -> GuestDisks | None:
        """What an earlier `build` made, with the config drive renewed if the guest
        brings one; None when there is nothing.  An image that has gone from the
        store is fetched again."""
        found = self._found(guest)
        if found is None:
            return None
        self._mend_base(guest, self._layout.guest(guest.uuid) / names.ROOT)
        return self._finished(guest, found)

    def tell(self, guest: GuestSpec, files: Mapping[str, bytes]) -> None:
        """Put other files on the config drive, before the guest runs."""
        told = dataclasses.replace(guest, config_drive=ConfigDrive(files))
        self._write_config_drive(told, {})

    def grow(self, guest: GuestSpec) -> None:
        """Make the disks as large as the guest should have them; none gets smaller."""
        secrets = passphrases(guest)
        sizes = {names.ROOT: guest.root.size_gb}
        sizes |= {names.ephemeral(n): disk.size_gb for n, disk in enumerate(guest.ephemerals)}
        for name, size in sizes.items():
            self.backend.grow(guest.uuid, name, size * GIB, secrets.get(name))

    def exists(self, uuid: str) -> bool:
        return self._layout.guest(uuid).exists()

    def remove(self, uuid: str) -> None:
        """All disks of the guest; nothing there is no error."""
        self.backend.remove(uuid)
        doomed = self._layout.doomed(uuid)
        shutil.rmtree(doomed, ignore_errors=True)
        try:
            os.rename(self._layout.guest(uuid), doomed)
        except FileNotFoundError:
            return
        shutil.rmtree(doomed, ignore_errors=True)

    def _adopted(self, guest: GuestSpec, image: ImageRef) -> Origin | None:
        """What is not fetched cannot be vetted."""
        return None if self._cache.vets(guest.trust) else self.backend.adopt(image)

    def _kernel(self, image: ImageRef, trust: Trust) -> dict[str, Origin]:
        wanted = ((names.KERNEL, image.kernel_id), (names.RAMDISK, image.ramdisk_id))
        return {
            name: self._cache.base(ImageRef(own, "aki"), trust=trust)
            for name, own in wanted
            if own
        }

    def _wanted(
        self, guest: GuestSpec, origins: Mapping[str, Origin]
    ) -> list[tuple[str, Origin, int]]:
        root = guest.root.size_gb * GIB
        wanted = [
            (name, origin, max(root, origin.virtual_size) if name == names.ROOT else 0)
            for name, origin in origins.items()
        ]
        for number, disk in enumerate(guest.ephemerals):
            base = self._blanks.ephemeral(disk.size_gb, disk.filesystem, guest.os_type)
            wanted.append((names.ephemeral(number), base, base.virtual_size))
        if guest.swap is not None:
            base = self._blanks.swap(guest.swap.size_mb)
            wanted.append((names.SWAP, base, base.virtual_size))
        return wanted

    def _place(self, guest: GuestSpec, name: str, origin: Origin, size: int) -> DiskSource:
        if name not in (names.KERNEL, names.RAMDISK):
            secret = passphrases(guest).get(name)
            return self.backend.make(guest.uuid, name, origin, size, secret)
        assert isinstance(origin, Base)
        path = self._layout.guest(guest.uuid) / name
        shutil.copyfile(origin.path, path)
        return DiskSource(FILE, "raw", str(path))

    def _found(self, guest: GuestSpec) -> dict[str, DiskSource] | None:
        directory = self._layout.guest(guest.uuid)
        formats = recorded_formats(directory)
        found = {
            name: DiskSource(FILE, kind, str(directory / name))
            for name, kind in (formats or {}).items()
        }
        for name in names_of(guest):
            if name not in found and (source := self.backend.find(guest.uuid, name)):
                found[name] = source
        return found if found or formats is not None else None

    def _finished(self, guest: GuestSpec, found: dict[str, DiskSource]) -> GuestDisks:
        """With its config drive, its console, and the record of all that."""
        directory = self._layout.guest(guest.uuid)
        directory.mkdir(parents=True, exist_ok=True)
        self._write_config_drive(guest, found)
        formats = {name: one.format for name, one in found.items() if _within(one, directory)}
        others = {name: one for name, one in found.items() if name not in formats}
        record_formats(directory, formats)
        (directory / names.CONSOLE_LOG).touch()
        return GuestDisks(directory, formats, others)

    def _write_config_drive(self, guest: GuestSpec, found: dict[str, DiskSource]) -> None:
        drive = guest.config_drive
        if drive is None or drive.files is None:
            return
        target = self._layout.guest(guest.uuid) / names.CONFIG_DRIVE
        self._config_drives.write(guest.uuid, target, drive.files)
        taken = self.backend.take(guest.uuid, names.CONFIG_DRIVE, target)
        found[names.CONFIG_DRIVE] = taken or DiskSource(FILE, "raw", str(target))

    def _mend_base(self, guest: GuestSpec, disk: Path) -> None:
        formats = recorded_formats(disk.parent) or {}
        backing = backing_file(disk) if formats.get(disk.name) == "qcow2" else None
        if backing is not None and not backing.exists() and guest.root.image is not None:
            self._cache.base(guest.root.image, trust=guest.trust)

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


def names_of(guest: GuestSpec) -> list[str]:
    """The disks that the guest may have."""
    ephemerals = [names.ephemeral(number) for number in range(len(guest.ephemerals))]
    swap = [names.SWAP] if guest.swap is not None else []
    drive = [names.CONFIG_DRIVE] if guest.config_drive is not None else []
    return [names.ROOT, *ephemerals, *swap, *drive]


def _unlocked(found: Base, guest: GuestSpec, image: ImageRef) -> Base:
    """Able to be read; what it holds is nowhere written in plain."""
    if image.encryption is None or image.encryption.passphrase is None:
        raise BadImage(image_id=image.image_id, reason="its secret is not at hand")
    if guest.root.encryption is None:
        reason = "it is encrypted, and the disks of the server are not"
        raise BadImage(image_id=image.image_id, reason=reason)
    return dataclasses.replace(found, secret=image.encryption.passphrase)


def _within(source: DiskSource, directory: Path) -> bool:
    return source.kind == FILE and Path(source.path).parent == directory
