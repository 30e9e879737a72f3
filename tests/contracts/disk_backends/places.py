"""Every place for disks, each with a way to look into them that is not its own."""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from nova.core.clock import RealClock
from nova.virt.contract import ImageRef
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.storage.backend import DiskBackend
from nova.virt.libvirt.storage.ceph import Cluster
from nova.virt.libvirt.storage.files import Copies, Overlays
from nova.virt.libvirt.storage.formats import record_formats, recorded_formats
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lvm import LogicalVolumes
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.rbd import RbdDisks
from nova.virt.libvirt.storage.rbd_images import NearbyImages
from nova.virt.libvirt.storage.volume_group import VolumeGroup
from nova.virt.libvirt.storage.wipe import Wipe
from nova.virt.libvirt.tools import Tools
from tests.contracts.disk_backends.volume_manager import VolumeManager
from tests.contracts.virt.subjects import Images
from tools.daemons.ceph import Ceph

POOL = "vms"
GIB = 1024**3


class Place(Protocol):
    backend: DiskBackend

    def made(self, uuid: str, name: str) -> None:
        """The house records a disk that was made."""

    def bytes_of(self, uuid: str, name: str) -> bytes: ...


class FilePlace:
    def __init__(self, root: Path, kind: Callable[..., Any]) -> None:
        self.layout = Layout(root)
        qemu_img = QemuImg(Tools(Threads()), contextlib.nullcontext())
        self.backend: DiskBackend = kind(self.layout, qemu_img, preallocate=False)

    def made(self, uuid: str, name: str) -> None:
        directory = self.layout.guest(uuid)
        known = recorded_formats(directory) or {}
        kind = self.backend.format  # type: ignore[attr-defined]
        record_formats(directory, {**known, name: kind})

    def bytes_of(self, uuid: str, name: str) -> bytes:
        path = self.layout.guest(uuid) / name
        kind = self.backend.format  # type: ignore[attr-defined]
        return _read(kind, str(path), path.with_suffix(".read"))


class VolumePlace:
    def __init__(self, root: Path, *, sparse: bool = False, clear: str = "zero") -> None:
        self.manager = VolumeManager(root / "dev", 10 * GIB)
        qemu_img = QemuImg(self.manager, contextlib.nullcontext())
        group = VolumeGroup(self.manager, "guests", root / "dev")
        wipe = Wipe(self.manager, clear, 0)
        self.backend: DiskBackend = LogicalVolumes(group, qemu_img, wipe, sparse=sparse)

    def made(self, uuid: str, name: str) -> None:
        pass

    def bytes_of(self, uuid: str, name: str) -> bytes:
        return (self.manager.root / "guests" / f"{uuid}_{name}").read_bytes()


class CephPlace:
    def __init__(self, root: Path, ceph: Ceph, images: Images) -> None:
        self._root = root
        self._ceph = ceph
        tools = Tools(Threads())
        self.cluster = Cluster(
            tools, conf=str(ceph.conf), user="nova", secret_uuid="secret", timeout=10
        )
        self.images = images
        self.backend: DiskBackend = RbdDisks(
            self.cluster,
            POOL,
            QemuImg(tools, contextlib.nullcontext()),
            NearbyImages(self.cluster, images, None, only_nearby=False),
            RealClock(),
            retries=2,
            interval=0.1,
        )

    def made(self, uuid: str, name: str) -> None:
        pass

    def bytes_of(self, uuid: str, name: str) -> bytes:
        target = self._root / "exported"
        target.unlink(missing_ok=True)
        self._ceph.rbd("export", "--no-progress", f"{POOL}/{uuid}_{name}", str(target))
        return target.read_bytes()

    def glance_has(self, content: bytes, **facts: Any) -> ImageRef:
        """An image whose bytes lie in the pool of the image service."""
        image = self.images.add(content)
        file = self._root / "image"
        file.write_bytes(content)
        name = f"images/{image.image_id}"
        self._ceph.rbd("import", "--no-progress", str(file), name)
        self._ceph.rbd("snap", "create", "--no-progress", f"{name}@snap")
        self._ceph.rbd("snap", "protect", f"{name}@snap")
        place = f"rbd://{self._ceph.fsid()}/images/{image.image_id}/snap"
        return self.images.change(image.image_id, locations=(place,), **facts)


def _read(kind: str, disk: str, target: Path) -> bytes:
    subprocess.run(["qemu-img", "convert", "-f", kind, "-O", "raw", disk, target], check=True)
    return target.read_bytes()


FILES: dict[str, Callable[..., Any]] = {"overlays": Overlays, "copies": Copies}
