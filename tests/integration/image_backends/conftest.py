import dataclasses
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.virt.contract import GuestSpec, ImageRef
from tests.contracts.disk_backends.cluster import ceph  # noqa: F401
from tests.contracts.virt.conftest import guest, spawn  # noqa: F401
from tests.contracts.virt.private_daemon import private_libvirt
from tests.contracts.virt.subjects import LibvirtSubject, describe
from tests.integration.image_backends.on_ceph import OnCeph
from tools.daemons.ceph import Ceph
from tools.daemons.private_libvirt import PrivateLibvirt


@pytest.fixture(scope="session")
def daemon() -> Iterator[PrivateLibvirt]:
    with private_libvirt() as made:
        yield made


@pytest.fixture(scope="session")
def on_ceph(daemon: PrivateLibvirt, ceph: Ceph) -> Iterator[OnCeph]:  # noqa: F811
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = OnCeph(directory, daemon, ceph)
    yield made
    made.close()


@pytest.fixture(scope="session")
def on_files(daemon: PrivateLibvirt) -> Iterator[LibvirtSubject]:
    """Plain files that rest on nothing; the usual overlays are what all other tests have."""
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = LibvirtSubject(directory, daemon.uri, images_type="raw")
    yield made
    made.close()


@pytest.fixture(params=["files", "ceph"])
def subject(request: pytest.FixtureRequest) -> LibvirtSubject:
    return request.getfixturevalue(f"on_{request.param}")


@pytest.fixture
def spec(subject: LibvirtSubject) -> Iterator[Callable[..., GuestSpec]]:
    """Describes guests whose disks are as small as their images: pictures are copied whole."""
    made: list[GuestSpec] = []

    def make(image: ImageRef | None = None, **changes: Any) -> GuestSpec:
        plain = describe(image or subject.tiny, **changes)
        root = dataclasses.replace(plain.root, size_gb=0)
        made.append(dataclasses.replace(plain, root=root))
        return made[-1]

    yield make
    for one in made:
        subject.forget(one)
