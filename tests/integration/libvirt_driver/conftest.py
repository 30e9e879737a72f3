import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.virt.private_libvirt import PrivateLibvirt


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


@pytest.fixture
def instances() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)
