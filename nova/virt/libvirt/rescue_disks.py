"""What a guest starts from while it is in rescue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile

from nova.errors import NovaError
from nova.virt.contract.devices import ImageRef, RootDisk
from nova.virt.contract.errors import ImageUnavailable
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.images import ImageSource
from nova.virt.contract.rescue import RescueDisk
from nova.virt.libvirt.storage import layout as names
from nova.virt.libvirt.storage.backend import Base, Origin
from nova.virt.libvirt.storage.config_drive import ConfigDriveMaker
from nova.virt.libvirt.storage.disks import DiskBuilder, GuestDisks
from nova.virt.libvirt.storage.encryption import passphrases
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.source import FILE, DiskSource

RESCUE_SUFFIX = ".rescue"
FILES = (names.KERNEL, names.RAMDISK, names.CONFIG_DRIVE)


@dataclass(frozen=True)
class RescueOptions:
    """Images that are used when nobody asks for others, by id."""

    image: str | None = None
    kernel: str | None = None
    ramdisk: str | None = None


class RescueDisks:
    """Beside the guest's own, under their names with a suffix."""

    def __init__(
        self,
        layout: Layout,
        source: ImageSource,
        disks: DiskBuilder,
        config_drives: ConfigDriveMaker,
        options: RescueOptions,
    ) -> None:
        self._layout = layout
        self._source = source
        self._disks = disks
        self._config_drives = config_drives
        self._options = options

    def usual_image(self) -> ImageRef | None:
        """[libvirt]rescue_image_id; raises ImageUnavailable."""
        wanted = self._options.image
        if not wanted:
            return None
        try:
            return self._source.look(wanted)
        except NovaError as error:
            raise ImageUnavailable(image_id=wanted, reason=error.message) from error

    def with_kernel(self, image: ImageRef) -> ImageRef:
        return replace(
            image,
            kernel_id=self._options.kernel or image.kernel_id,
            ramdisk_id=self._options.ramdisk or image.ramdisk_id,
        )

    def fetch(self, guest: GuestSpec, image: ImageRef) -> Mapping[str, Origin]:
        """Raises BadImage, ImageUnavailable.  The disk is as large as the image."""
        root = RootDisk(image, encryption=guest.root.encryption)
        return self._disks.fetch(replace(guest, root=root))

    def make(
        self, guest: GuestSpec, origins: Mapping[str, Origin], disk: RescueDisk
    ) -> GuestDisks:
        """Anew, also when there are some; by the names that the guest's own have.  They are
        encrypted as those are, with the same."""
        made = {name: self._made(guest, name, origin) for name, origin in origins.items()}
        drive = self._drive(guest, disk)
        if drive is not None:
            made[names.CONFIG_DRIVE] = drive
        return GuestDisks(self._layout.guest(guest.uuid), {}, made)

    def remove(self, uuid: str) -> None:
        """Nothing there is no error."""
        self._disks.backend.remove(uuid, [_called(names.ROOT)])
        for name in FILES:
            self._path(uuid, name).unlink(missing_ok=True)

    def _made(self, guest: GuestSpec, name: str, origin: Origin) -> DiskSource:
        uuid = guest.uuid
        if name == names.ROOT:
            size, secret = origin.virtual_size, passphrases(guest).get(name)
            return self._disks.backend.make(uuid, _called(name), origin, size, secret)
        assert isinstance(origin, Base)
        return _file(Path(copyfile(origin.path, self._path(uuid, name))))

    def _drive(self, guest: GuestSpec, disk: RescueDisk) -> DiskSource | None:
        """A new one if it brings contents; else the guest's own."""
        drive = disk.config_drive
        if drive is None:
            return None
        if drive.files is None:
            found = self._disks.find(guest)
            return found.source(names.CONFIG_DRIVE) if found else None
        path = self._path(guest.uuid, names.CONFIG_DRIVE)
        self._config_drives.write(guest.uuid, path, drive.files)
        return _file(path)

    def _path(self, uuid: str, name: str) -> Path:
        return self._layout.guest(uuid) / _called(name)


def _called(name: str) -> str:
    return name + RESCUE_SUFFIX


def _file(path: Path) -> DiskSource:
    return DiskSource(FILE, "raw", str(path))
