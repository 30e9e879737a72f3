import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.virt.contract import GuestSpec, ImageRef
from tests.contracts.virt.subjects import (
    BRIDGE,
    FakeSubject,
    LibvirtSubject,
    Subject,
    describe,
    eventually,
)


def _obstacle() -> str | None:
    """Why real guests cannot be run here."""
    if os.geteuid() != 0:
        return "real guests need root"
    for command in ("libvirtd", "virtlogd", "qemu-img", "qemu-system-x86_64", "genisoimage"):
        if shutil.which(command) is None:
            return f"there is no {command}"
    return None if _answers() or _started() else "libvirtd does not start"


def _answers() -> bool:
    import libvirt

    try:
        libvirt.open("qemu:///system").close()
    except libvirt.libvirtError:
        return False
    return True


def _started() -> bool:
    for daemon in ("virtlogd", "libvirtd"):
        subprocess.run([daemon, "-d"], check=False, timeout=30)
    return eventually(_answers, 20)


@pytest.fixture(scope="session")
def real() -> Iterator[LibvirtSubject]:
    pytest.importorskip("libvirt")
    if reason := _obstacle():
        pytest.skip(reason)
    directory = Path(tempfile.mkdtemp(prefix="nova-contract-", dir="/var/tmp"))
    directory.chmod(0o755)
    subject = LibvirtSubject(directory)
    yield subject
    subject.close()
    subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)


@pytest.fixture(params=["fake", "libvirt"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "fake":
        return FakeSubject()
    return request.getfixturevalue("real")


@pytest.fixture
def spec(subject: Subject) -> Iterator[Callable[..., GuestSpec]]:
    """Describes guests, and cleans up after them."""
    made: list[GuestSpec] = []

    def make(image: ImageRef | None = None, **changes: Any) -> GuestSpec:
        made.append(describe(image or subject.tiny, **changes))
        return made[-1]

    yield make
    for guest in made:
        subject.forget(guest)


@pytest.fixture
def spawn(subject: Subject, spec: Callable[..., GuestSpec]) -> Callable[..., GuestSpec]:
    """Makes guests run."""

    def make(**changes: Any) -> GuestSpec:
        guest = spec(**changes)
        subject.driver.spawn.spawn(guest)
        subject.spawned(guest)
        return guest

    return make


@pytest.fixture
def guest(spawn: Callable[..., GuestSpec]) -> GuestSpec:
    return spawn()
