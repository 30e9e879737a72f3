"""A hypervisor whose guests have their disks in a Ceph pool."""

import subprocess
import tempfile
import uuid
from pathlib import Path

from nova.virt.contract import GuestSpec
from nova.virt.libvirt.storage.source import rbd_url
from tests.contracts.virt import host_disks
from tests.contracts.virt.subjects import LibvirtSubject
from tools.daemons.ceph import Ceph
from tools.daemons.private_libvirt import PrivateLibvirt

SECRET = """<secret ephemeral='no' private='no'>
<uuid>{uuid}</uuid><usage type='ceph'><name>client.nova</name></usage></secret>"""


def _secret(daemon: PrivateLibvirt, ceph: Ceph) -> str:
    """The user's key, known to the hypervisor and to nobody else."""
    import libvirt

    own = str(uuid.uuid4())
    connection = libvirt.open(daemon.uri)
    made = connection.secretDefineXML(SECRET.format(uuid=own))
    made.setValue(_decoded(ceph.ceph("auth", "print-key", "client.nova")))
    connection.close()
    return own


def _decoded(key: str) -> bytes:
    done = subprocess.run(["base64", "-d"], input=key.encode(), capture_output=True, check=True)
    return done.stdout


class OnCeph(LibvirtSubject):
    def __init__(self, directory: Path, daemon: PrivateLibvirt, ceph: Ceph) -> None:
        self.ceph = ceph
        super().__init__(
            directory,
            daemon.uri,
            images_type="rbd",
            images_rbd_pool="vms",
            images_rbd_ceph_conf=str(ceph.conf),
            rbd_user="nova",
            rbd_secret_uuid=_secret(daemon, ceph),
            rbd_destroy_volume_retry_interval=1,
            hw_disk_discard="unmap",
        )

    def disks(self, guest_uuid: str) -> list[str]:
        names = self.ceph.rbd("ls", "vms").split()
        return [name for name in names if name.startswith(guest_uuid)]

    def write(self, guest: GuestSpec, text: str, disk: str = "root") -> None:
        name = host_disks.FILES[disk]
        with tempfile.NamedTemporaryFile(prefix="nova-text-") as file:
            file.write(text.encode().ljust(host_disks.BYTES, b"\0"))
            file.flush()
            order = f"write -s {file.name} {host_disks.AT[name]} {host_disks.BYTES}"
            subprocess.run(
                ["qemu-io", "-f", "raw", "-c", order, self._url(guest, name)], check=True,
                capture_output=True,
            )  # fmt: skip

    def read(self, guest: GuestSpec, disk: str = "root") -> str:
        name = host_disks.FILES[disk]
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            flat = Path(directory, "flat")
            self.ceph.rbd("export", "--no-progress", f"vms/{guest.uuid}_{name}", str(flat))
            with flat.open("rb") as file:
                file.seek(host_disks.AT[name])
                return file.read(host_disks.BYTES).rstrip(b"\0").decode()

    def _url(self, guest: GuestSpec, name: str) -> str:
        return rbd_url(f"vms/{guest.uuid}_{name}", "nova", str(self.ceph.conf))

    def leftovers(self, uuid: str) -> list[str]:
        return [*super().leftovers(uuid), *self.disks(uuid)]
