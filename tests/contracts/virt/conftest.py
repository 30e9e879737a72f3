import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.virt.contract import GuestSpec, ImageRef
from tests.contracts.virt.private_daemon import private_libvirt
from tests.contracts.virt.subjects import (
    BRIDGE,
    FakeSubject,
    LibvirtSubject,
    Subject,
    describe,
)
from tools.daemons.private_libvirt import PrivateLibvirt


@pytest.fixture(scope="session")
def libvirt_daemon() -> Iterator[PrivateLibvirt]:
    with private_libvirt() as made:
        yield made


@pytest.fixture(scope="session")
def real(libvirt_daemon: PrivateLibvirt) -> Iterator[LibvirtSubject]:
    directory = Path(tempfile.mkdtemp(prefix="nova-contract-", dir="/var/tmp"))
    directory.chmod(0o755)
    subject = LibvirtSubject(directory, libvirt_daemon.uri)
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
