"""What only guests that run can show."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nova.virt.contract import BlankDisk, PowerState, Swap
from nova.virt.contract.errors import CannotSpawn, HypervisorError
from nova.virt.contract.numa import GuestCell, GuestNuma
from nova.virt.libvirt.compose.passed import tpm_secret
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.subjects import BRIDGE, eventually, nic
from tests.integration.guest_shapes import watched_guest

from .conftest import PATIENCE, Hypervisor
from .test_shapes import place

CAN_SET_LIMITS = 1 << 24
PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")


def may_lock_memory() -> bool:
    """Whether limits of resources can be raised by who runs the hypervisor."""
    status = Path("/proc/self/status").read_text()
    mine = next(line for line in status.splitlines() if line.startswith("CapEff"))
    return bool(int(mine.split()[1], 16) & CAN_SET_LIMITS)


@pytest.fixture
def bridge() -> Iterator[str]:
    yield BRIDGE
    subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)


def test_a_watchdog_bites(hypervisor: Hypervisor) -> None:
    """Nobody strokes it; once it stops the guest, once it starts it anew."""
    image = hypervisor.images.add(watched_guest.disk())
    paused, reset = (
        hypervisor.run(hypervisor.spec({"hw:watchdog_action": action}, {}, image=image))
        for action in ("pause", "reset")
    )
    state = hypervisor.driver.spawn.guest_state
    assert eventually(lambda: state(paused.uuid) is PowerState.PAUSED, PATIENCE)
    assert hypervisor.log(paused).count(tiny_guest.BANNER) == 1
    assert eventually(lambda: hypervisor.log(reset).count(tiny_guest.BANNER) > 1, PATIENCE)
    for guest in (paused, reset):
        hypervisor.driver.spawn.destroy(guest.uuid)


@pytest.mark.skipif(shutil.which("swtpm") is None, reason="there is no swtpm")
def test_an_old_tpm_disks_and_cards_on_one_guest(hypervisor: Hypervisor, bridge: str) -> None:
    """Cards of many kinds, one with queues; disks of no image, one limited."""
    cards = tuple(nic(model=model) for model in (None, "e1000", "e1000e", "rtl8139"))
    guest = hypervisor.run(hypervisor.spec(
        {"hw:tpm_version": "1.2", "hw:vif_multiqueue_enabled": "true",
         "hw:virtio_packed_ring": "true", "quota:disk_write_bytes_sec": "1048576"},
        {"hw_machine_type": "pc"}, vcpus=2, nics=cards, ephemerals=(BlankDisk(1, "ext4"),),
        swap=Swap(8)))  # fmt: skip
    hypervisor.wait_for(guest, tiny_guest.BANNER)
    xml = hypervisor.xml(guest)
    assert place(xml, "devices/tpm")["model"] == "tpm-tis"
    assert place(xml, "devices/tpm/backend")["version"] == "1.2"
    assert [one.get("type") for one in xml.findall("devices/interface/model")] == [
        "virtio", "e1000", "e1000e", "rtl8139"]
    driver = place(xml, "devices/interface/driver")
    assert (driver["queues"], driver["packed"]) == ("2", "on")
    assert [one.get("dev") for one in xml.findall("devices/disk/target")] == [
        "vda", "vdb", "vdc", "hda"]
    limits = hypervisor.ask(
        lambda c: c.lookupByUUIDString(guest.uuid).blockIoTune("vda", 0))
    assert limits["write_bytes_sec"] == 1 << 20
    hypervisor.driver.spawn.destroy(guest.uuid)


@pytest.mark.skipif(shutil.which("swtpm") is None, reason="there is no swtpm")
def test_a_secret_that_the_host_may_know_only_at_a_start(hypervisor: Hypervisor) -> None:
    """Who does not know it cannot start the guest."""
    power, known = hypervisor.driver.power, "5e" * 64
    specs = {"hw:tpm_version": "2.0", "hw:tpm_secret_security": "user"}
    guest = hypervisor.run(hypervisor.spec(specs, {}, tpm_secret=known))
    hypervisor.wait_for(guest, tiny_guest.BANNER)
    secret = tpm_secret(guest.uuid)
    assert place(hypervisor.xml(guest), "devices/tpm/backend/encryption")["secret"] == secret
    assert secret not in hypervisor.ask(lambda c: c.listSecrets())
    power.reboot_hard(guest)
    assert eventually(lambda: hypervisor.log(guest).count(tiny_guest.BANNER) == 2, PATIENCE)
    assert not power.reboot_soft(guest.uuid, timeout=60)
    assert hypervisor.driver.spawn.guest_state(guest.uuid) is not PowerState.RUNNING
    with pytest.raises(HypervisorError):
        power.power_on(replace(guest, tpm_secret="0a" * 64))
    power.power_on(guest)
    hypervisor.driver.power.suspend(guest.uuid)
    power.resume(guest)
    assert hypervisor.driver.spawn.guest_state(guest.uuid) is PowerState.RUNNING
    assert secret not in hypervisor.ask(lambda c: c.listSecrets())
    hypervisor.driver.spawn.destroy(guest.uuid)


def test_shares_of_processors(hypervisor: Hypervisor) -> None:
    """Only where this machine lets control groups be made."""
    specs = {"quota:cpu_shares": "512", "quota:cpu_period": "10000", "quota:cpu_quota": "5000"}
    try:
        guest = hypervisor.run(hypervisor.spec(specs, {}))
    except CannotSpawn as error:
        assert "CPU tuning is not available" in error.message, error
        pytest.skip("no control groups for guests on this machine")
    shown = hypervisor.ask(
        lambda c: c.lookupByUUIDString(guest.uuid).schedulerParameters())
    assert (shown["cpu_shares"], shown["vcpu_period"], shown["vcpu_quota"]) == (512, 10000, 5000)
    hypervisor.driver.spawn.destroy(guest.uuid)


@pytest.mark.skipif(not PAGES.exists() or int(PAGES.read_text()) < 32,
                    reason="this machine keeps no large pages free")  # fmt: skip
def test_large_pages(hypervisor: Hypervisor) -> None:
    before = int(PAGES.read_text())
    cell = GuestCell(frozenset({0}), frozenset(), 64, 2048, host_cell=0)
    guest = hypervisor.run(hypervisor.spec(
        {"hw:mem_page_size": "2MB"}, {}, memory_mb=64, numa=GuestNuma((cell,))))
    hypervisor.wait_for(guest, tiny_guest.BANNER)
    assert int(PAGES.read_text()) <= before - 1
    assert place(hypervisor.xml(guest), "memoryBacking/hugepages/page")["size"] == "2048"
    hypervisor.driver.spawn.destroy(guest.uuid)


@pytest.mark.skipif(not may_lock_memory(), reason="nobody may lock memory on this machine")
def test_locked_memory(hypervisor: Hypervisor) -> None:
    cell = GuestCell(frozenset({0}), frozenset(), 64, 4, host_cell=0)
    specs = {"hw:locked_memory": "true", "hw:mem_page_size": "small"}
    guest = hypervisor.run(hypervisor.spec(specs, {}, memory_mb=64, numa=GuestNuma((cell,))))
    hypervisor.wait_for(guest, tiny_guest.BANNER)
    assert hypervisor.xml(guest).find("memoryBacking/locked") is not None
    hypervisor.driver.spawn.destroy(guest.uuid)
