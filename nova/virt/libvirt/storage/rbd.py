"""Disks as images in a pool of a Ceph cluster, reached without any kernel's help."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from nova.core.clock import Clock
from nova.virt.contract.devices import ImageRef
from nova.virt.libvirt.storage.backend import Base, Elsewhere, Origin
from nova.virt.libvirt.storage.ceph import BUSY, FULL_OF_SNAPSHOTS, GONE, Cluster
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.rbd_images import NearbyImages
from nova.virt.libvirt.storage.rbd_publishing import Publisher
from nova.virt.libvirt.storage.source import NETWORK, DiskSource, rbd_url
from nova.virt.libvirt.storage.usage import GIB, Usage
from nova.virt.libvirt.tools import CommandFailed

QUIET = "--no-progress"
MOMENT = "nova-moment"


class RbdDisks:
    """A disk that something still watches is tried again `retries` times, `interval`
    seconds apart, before its removal fails."""

    def __init__(
        self,
        cluster: Cluster,
        pool: str,
        qemu_img: QemuImg,
        nearby: NearbyImages,
        clock: Clock,
        *,
        retries: int,
        interval: float,
    ) -> None:
        self._cluster = cluster
        self._pool = pool
        self._qemu_img = qemu_img
        self._nearby = nearby
        self._clock = clock
        self._retries = retries
        self._interval = interval
        self._publisher = Publisher(cluster)

    def adopt(self, image: ImageRef) -> Elsewhere | None:
        return self._nearby.find(image)

    def make(
        self, uuid: str, name: str, origin: Origin, size: int, secret: str | None = None
    ) -> DiskSource:
        assert secret is None
        self.remove(uuid, [name])
        target = self._image(uuid, name)
        if isinstance(origin, Base):
            self._write(origin.path, origin.format, target)
        else:
            self._cluster.rbd("clone", origin.name, target)
        self.grow(uuid, name, max(size, origin.virtual_size))
        return self._source(target)

    def take(self, uuid: str, name: str, file: Path) -> DiskSource | None:
        """An old one is written over, for a guest that still runs may hold it."""
        target = self._image(uuid, name)
        there = self._cluster.image(target) is not None
        if there:
            self.grow(uuid, name, file.stat().st_size)
        self._write(file, "raw", target, onto=there)
        file.unlink()
        return self._source(target)

    def find(self, uuid: str, name: str) -> DiskSource | None:
        image = self._image(uuid, name)
        return None if self._cluster.image(image) is None else self._source(image)

    @contextmanager
    def moment(self, uuid: str, name: str) -> Iterator[DiskSource]:
        image = self._image(uuid, name)
        picture = f"{image}@{MOMENT}"
        self._forget(picture)
        self._cluster.rbd("snap", "create", QUIET, picture)
        try:
            yield self._source(picture)
        finally:
            self._forget(picture)

    def grow(self, uuid: str, name: str, size: int, secret: str | None = None) -> None:
        image = self._image(uuid, name)
        known = self._cluster.image(image)
        if known is not None and known["size"] < size:
            self._cluster.rbd("resize", "--size", f"{size}B", QUIET, image)

    def remove(self, uuid: str, names: Collection[str] | None = None) -> None:
        if names is None:
            found = self._cluster.images(self._pool)
            doomed = [f"{self._pool}/{one}" for one in found if one.startswith(f"{uuid}_")]
        else:
            doomed = [self._image(uuid, name) for name in names]
        for image in doomed:
            self._remove_patiently(image)

    def publish(
        self, uuid: str, name: str, image_id: str, at_rest: AbstractContextManager[Any]
    ) -> str | None:
        return self._publisher.publish(self._image(uuid, name), image_id, at_rest)

    def unpublish(self, uuid: str, name: str, image_id: str) -> None:
        self._publisher.unpublish(self._image(uuid, name), image_id)

    def usage(self) -> Usage:
        space = self._cluster.space(self._pool)
        total = space.used + space.free
        place = f"rbd:{self._cluster.fsid()}/{self._pool}"
        return Usage(total // GIB, space.used // GIB, space.free // GIB, 0, place)

    def _forget(self, picture: str) -> None:
        try:
            self._cluster.rbd("snap", "rm", QUIET, picture)
        except CommandFailed as error:
            if error.exit_code != GONE:
                raise

    def _remove_patiently(self, image: str) -> None:
        for attempt in range(self._retries + 1):
            try:
                self._remove(image)
                return
            except CommandFailed as error:
                if error.exit_code != BUSY or attempt == self._retries:
                    raise
            self._clock.sleep(self._interval)

    def _remove(self, image: str) -> None:
        try:
            self._cluster.rbd("rm", QUIET, image)
        except CommandFailed as error:
            if error.exit_code == FULL_OF_SNAPSHOTS:
                self._cluster.rbd("snap", "purge", QUIET, image)
                self._cluster.rbd("rm", QUIET, image)
            elif error.exit_code != GONE:
                raise

    def _write(self, file: Path, kind: str, image: str, *, onto: bool = False) -> None:
        target = rbd_url(image, *self._cluster.who)
        self._qemu_img.convert(file, kind, target, "raw", onto=onto)

    def _source(self, image: str) -> DiskSource:
        return DiskSource(NETWORK, "raw", image, self._cluster.access())

    def _image(self, uuid: str, name: str) -> str:
        return f"{self._pool}/{uuid}_{name}"
