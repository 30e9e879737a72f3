"""A cloud in one process whose one host has the libvirt driver."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nova.clients.image.contract import ImageMeta
from nova.cmd.adapters import ImagesOf
from nova.compute.upkeep import image_cache
from nova.seams import HostSeams
from nova.virt.contract import Driver
from tests.cloud import Cloud
from tools.daemons.private_libvirt import PrivateLibvirt


@dataclass
class LibvirtCloud(Cloud):
    def driver_of(self, host: str, conf: Any) -> Driver:
        from nova.virt import libvirt

        self.driver = libvirt.build(conf, self.clock, ImagesOf(self.image, self.keys))
        return self.driver

    @property
    def directory(self) -> Path:
        return Path(self.conf_of("host1").instances_path)

    @property
    def host(self) -> HostSeams:
        return self.computes["host1"]._seams

    def upkeep(self) -> list[str]:
        """As the host does now and then."""
        return image_cache.tend(self.host)

    def add(self, number: int, content: bytes, disk_format: str = "raw", **lies: Any) -> str:
        """An image of these bytes, of which the image service tells also lies."""
        own = f"40000000-0000-4000-8000-{number:012d}"
        made = self.image_state.add(ImageMeta(
            id=own, name=f"image {number}", disk_format=disk_format, container_format="bare",
            visibility="public"), content)  # fmt: skip
        self.image_state.images[own] = replace(made, **lies)
        return own

    def booted(self, image: str, **fields: Any) -> str:
        reply = self.boot(imageRef=image, **fields)
        assert reply.status == 202, reply.body
        uuid: str = reply.body["server"]["id"]
        return uuid

    def stored(self) -> set[str]:
        """The files in the store of images, without locks and notes."""
        return {p.name for p in (self.directory / "_base").glob("*") if p.suffix != ".note"}

    def littered(self, uuid: str) -> list[Path]:
        return list(self.directory.glob(f"{uuid}*"))


@contextmanager
def libvirt_cloud(daemon: PrivateLibvirt, **options: Any) -> Iterator[LibvirtCloud]:
    """On a hypervisor of the test's own, whose guests end with it."""
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = LibvirtCloud(hosts=("host1",), options={
        "instances_path": str(directory), "compute_driver": "libvirt.LibvirtDriver",
        "libvirt__virt_type": "qemu", "libvirt__connection_uri": daemon.uri, **options,
    })  # fmt: skip
    made.start()
    try:
        yield made
    finally:
        for guest in made.driver.spawn.list_guests():
            made.driver.spawn.destroy(guest.uuid)
        made.stop()
        shutil.rmtree(directory)
