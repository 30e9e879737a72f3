import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.disk_backends.cluster import ceph  # noqa: F401
from tests.contracts.virt.private_libvirt import PrivateLibvirt
from tests.contracts.virt.subjects import LibvirtSubject
from tools.daemons.ceph import Ceph

SECRET = """<secret ephemeral='no' private='no'>
<uuid>{uuid}</uuid><usage type='ceph'><name>client.nova</name></usage></secret>"""


@pytest.fixture(scope="session")
def daemon() -> Iterator[PrivateLibvirt]:
    pytest.importorskip("libvirt")
    if reason := PrivateLibvirt.obstacle():
        pytest.skip(reason)
    directory = Path(tempfile.mkdtemp(prefix="nova-libvirtd-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = PrivateLibvirt(directory)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(directory)


def _secret(daemon: PrivateLibvirt, ceph: Ceph) -> str:  # noqa: F811
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
    def __init__(self, directory: Path, daemon: PrivateLibvirt, ceph: Ceph) -> None:  # noqa: F811
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

    def leftovers(self, uuid: str) -> list[str]:
        return [*super().leftovers(uuid), *self.disks(uuid)]


@pytest.fixture(scope="module")
def on_ceph(daemon: PrivateLibvirt, ceph: Ceph) -> Iterator[OnCeph]:  # noqa: F811
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = OnCeph(directory, daemon, ceph)
    yield made
    made.close()
