"""Disks as logical volumes of one volume group."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from nova.virt.contract.devices import ImageRef
from nova.virt.libvirt.storage.backend import Base, Elsewhere, Origin
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.source import BLOCK, DiskSource
from nova.virt.libvirt.storage.usage import GIB, Usage
from nova.virt.libvirt.storage.volume_group import VolumeGroup
from nova.virt.libvirt.storage.wipe import Wipe


class LogicalVolumes:
    """`sparse`: volumes take space only for what is written to them."""

    def __init__(
        self, group: VolumeGroup, qemu_img: QemuImg, wipe: Wipe, *, sparse: bool
    ) -> None:
        self._group = group
        self._qemu_img = qemu_img
        self._wipe = wipe
        self._sparse = sparse

    def adopt(self, image: ImageRef) -> Elsewhere | None:
        return None

    def make(
        self, uuid: str, name: str, origin: Origin, size: int, secret: str | None = None
    ) -> DiskSource:
        assert isinstance(origin, Base)
        assert secret is None
        self.remove(uuid, [name])
        size = max(size, origin.virtual_size)
        volume = _volume(uuid, name)
        if self._sparse:
            self._group.create_sparse(volume, size)
        else:
            self._group.create(volume, size)
        target = self._group.device(volume)
        self._qemu_img.convert(origin.path, origin.format, target, "raw", onto=True)
        return DiskSource(BLOCK, "raw", str(target))

    @contextmanager
    def moment(self, uuid: str, name: str) -> Iterator[DiskSource]:
        """A volume that holds what is overwritten meanwhile; it has room for a tenth."""
        volume = _volume(uuid, name)
        picture = f"{volume}.moment"
        volumes = self._group.volumes()
        if picture in volumes:
            self._group.remove(picture)
        self._group.snapshot(volume, picture, max(volumes.get(volume, 0) // 10, 1))
        try:
            yield DiskSource(BLOCK, "raw", str(self._group.device(picture)))
        finally:
            self._group.remove(picture)

    def find(self, uuid: str, name: str) -> DiskSource | None:
        volume = _volume(uuid, name)
        if volume not in self._group.volumes():
            return None
        return DiskSource(BLOCK, "raw", str(self._group.device(volume)))

    def take(self, uuid: str, name: str, file: object) -> DiskSource | None:
        return None

    def grow(self, uuid: str, name: str, size: int, secret: str | None = None) -> None:
        volume = _volume(uuid, name)
        if self._group.volumes().get(volume, size) < size:
            self._group.extend(volume, size)

    def remove(self, uuid: str, names: Collection[str] | None = None) -> None:
        """What was written to a volume does not outlive it, as far as is configured."""
        wanted = None if names is None else {_volume(uuid, name) for name in names}
        for volume, size in self._group.volumes().items():
            mine = volume.startswith(f"{uuid}_") if wanted is None else volume in wanted
            if mine:
                if not self._sparse:
                    self._wipe.clear(self._group.device(volume), size)
                self._group.remove(volume)

    def publish(self, uuid: str, name: str, image_id: str, at_rest: object) -> None:
        return None

    def unpublish(self, uuid: str, name: str, image_id: str) -> None:
        """There is never anything."""

    def usage(self) -> Usage:
        total, free = self._group.capacity()
        place = f"lvm:{self._group.unique_name()}"
        used, promised = total - free, self._promised()
        return Usage(total // GIB, used // GIB, free // GIB, promised // GIB, place)

    def _promised(self) -> int:
        return self._group.unwritten() if self._sparse else 0


def _volume(uuid: str, name: str) -> str:
    return f"{uuid}_{name}"
