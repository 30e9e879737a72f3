"""The libvirt daemon of a test session, as long as it is needed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.daemons.private_libvirt import PrivateLibvirt


@contextmanager
def private_libvirt() -> Iterator[PrivateLibvirt]:
    """Skips the test where there can be none."""
    pytest.importorskip("libvirt")
    if reason := PrivateLibvirt.obstacle():
        pytest.skip(reason)
    directory = Path(tempfile.mkdtemp(prefix="nova-libvirtd-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = PrivateLibvirt(directory)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)
