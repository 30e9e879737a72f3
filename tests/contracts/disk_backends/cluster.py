"""A Ceph cluster of the tests' own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.daemons.ceph import Ceph

RIGHTS = (
    *("mon", "profile rbd"),
    *("osd", "profile rbd pool=vms, profile rbd pool=images"),
    *("mgr", "profile rbd pool=vms"),
)


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    """With pools vms and images, and a user nova."""
    if reason := Ceph.obstacle():
        pytest.skip(reason)
    directory = Path(tempfile.mkdtemp(prefix="nova-ceph-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = Ceph(directory)
    try:
        made.start()
        for pool in ("vms", "images"):
            made.pool(pool)
        made.user("nova", *RIGHTS)
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)
