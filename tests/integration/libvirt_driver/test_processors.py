"""Processors sleep while no real guest has them."""

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova.core.clock import RealClock
from nova.virt import libvirt
from nova.virt.contract.numa import GuestCell, GuestNuma
from tests.contracts.virt.subjects import LibvirtSubject, describe, eventually, wait_until_up
from tools.daemons.private_libvirt import PrivateLibvirt

PINNED = GuestNuma(
    (GuestCell(frozenset(), frozenset({0}), 64, host_cell=0, pins={0: 1}),), policy="dedicated"
)


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """In the place of the host's, on which other tests run."""
    (tmp_path / "cpu1").mkdir()
    (tmp_path / "cpu1" / "online").write_text("1")
    return tmp_path


@pytest.fixture
def subject(daemon: PrivateLibvirt, sysfs: Path) -> Iterator[LibvirtSubject]:
    directory = Path(tempfile.mkdtemp(prefix="nova-processors-", dir="/var/tmp"))
    directory.chmod(0o755)

    class Frugal(LibvirtSubject):
        def reborn(self):
            self._conf.set_override("cpu_power_management", True, group="libvirt")
            self._conf.set_override("cpu_dedicated_set", "1", group="compute")
            return libvirt.build(self._conf, RealClock(), self.images, sysfs=sysfs)

    made = Frugal(directory, daemon.uri)
    yield made
    made.close()


def awake(sysfs: Path) -> bool:
    return (sysfs / "cpu1" / "online").read_text().strip() == "1"


def test_they_are_awake_while_it_runs(subject: LibvirtSubject, sysfs: Path) -> None:
    driver = subject.driver
    assert not awake(sysfs)
    guest = dataclasses.replace(describe(subject.tiny), numa=PINNED)
    driver.spawn.spawn(guest)
    assert awake(sysfs)
    wait_until_up(subject, guest)
    driver.power.power_off(guest.uuid, timeout=20, retry_interval=2)
    assert eventually(lambda: not awake(sysfs), 10), "it shut itself down"
    driver.power.power_on(guest)
    assert awake(sysfs)
    driver.power.reboot_hard(guest)
    assert awake(sysfs)
    driver.close()
    subject.driver = subject.reborn()
    assert awake(sysfs), "a new process knows what runs"
    subject.driver.spawn.destroy(guest.uuid)
    assert not awake(sysfs)
