"""Processors sleep while no real guest has them."""

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.errors import ConfigurationFailure
from nova.virt import libvirt
from nova.virt.contract.numa import GuestCell, GuestNuma
from tests.contracts.virt.subjects import (
    Images,
    LibvirtSubject,
    describe,
    eventually,
    wait_until_up,
)
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


@pytest.mark.parametrize(("model", "flags", "reason"), [
    ("Nehalem", [], None), ("Nehalem", ["pcid"], "does not have all"),
    ("EPYC-Milan", [], "does not have all"), ("nonsense", [], "not known"),
    ("Nehalem", ["-vmx"], None),
])  # fmt: skip
def test_models_that_it_cannot_run(
    daemon: PrivateLibvirt, instances: Path, model: str, flags: list[str], reason: str | None
) -> None:
    """Emulated processors have what the emulator knows."""
    conf = new_config()
    conf([])
    conf.set_override("instances_path", str(instances))
    for name, value in {
        "virt_type": "qemu", "connection_uri": daemon.uri, "cpu_mode": "custom",
        "cpu_models": [model], "cpu_model_extra_flags": flags,
    }.items():
        conf.set_override(name, value, group="libvirt")
    if reason is not None:
        with pytest.raises(ConfigurationFailure, match=f"{model}.*{reason}"):
            libvirt.build(conf, RealClock(), Images())
        conf.set_override("skip_cpu_compare_at_startup", True, group="workarounds")
    libvirt.build(conf, RealClock(), Images()).close()
