"""Real guests in the shapes that flavors and images ask for: the hypervisor takes each
definition, runs it, and tells what it made of it."""

import dataclasses
import shutil
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.numa import GuestCell, GuestNuma
from nova.virt.libvirt.compose.passed import tpm_secret
from tests.contracts.virt import tiny_guest

from .conftest import Hypervisor

UEFI_BANNER = b"BdsDxe"


def place(xml: ET.Element, path: str) -> dict[str, str]:
    found = xml.find(path)
    assert found is not None, ET.tostring(xml, encoding="unicode")
    return dict(found.attrib)


def test_many_wishes_on_one_guest(hypervisor: Hypervisor) -> None:
    """Two memory nodes, queues, a SCSI bus, a watchdog, chance, lines, video, a boot menu."""
    specs = {
        "hw:numa_nodes": "2", "hw:vif_multiqueue_enabled": "true", "hw:watchdog_action": "pause",
        "hw_rng:rate_bytes": "2048", "hw_rng:rate_period": "500", "hw:serial_port_count": "2",
        "hw_video:ram_max_mb": "16", "quota:disk_read_iops_sec": "5000", "hw:boot_menu": "true",
        "hw:cpu_threads": "2", "hw:sound_model": "ich6", "hw:usb_model": "nec-xhci",
        "hw:maxphysaddr_mode": "emulate", "hw:maxphysaddr_bits": "40",
    }
    properties = {
        "hw_scsi_model": "virtio-scsi", "hw_cdrom_bus": "scsi", "hw_disk_bus": "scsi",
        "hw_video_model": "vga", "hw_video_ram": "16", "hw_machine_type": "q35",
        "hw_qemu_guest_agent": "yes",
    }
    numa = GuestNuma((
        GuestCell(frozenset({0}), frozenset(), 64, host_cell=0),
        GuestCell(frozenset({1}), frozenset(), 64, host_cell=0),
    ))
    guest = hypervisor.run(
        hypervisor.spec(specs, properties, vcpus=2, memory_mb=128, numa=numa))
    hypervisor.wait_for(guest, tiny_guest.BANNER)
    xml = hypervisor.xml(guest)
    assert [cell.get("cpus") for cell in xml.findall("cpu/numa/cell")] == ["0", "1"]
    assert place(xml, "cpu/topology")["threads"] == "2"
    assert place(xml, "devices/watchdog")["action"] == "pause"
    assert place(xml, "devices/rng/rate") == {"bytes": "2048", "period": "500"}
    assert len(xml.findall("devices/serial")) == 2
    assert place(xml, "devices/video/model")["vram"] == "16384"
    assert place(xml, "os/bootmenu")["enable"] == "yes"
    assert place(xml, "devices/controller[@type='scsi']")["model"] == "virtio-scsi"
    assert {one.get("bus") for one in xml.findall("devices/disk/target")} == {"scsi"}
    assert xml.findtext("devices/disk/iotune/read_iops_sec") == "5000"
    assert place(xml, "devices/controller[@type='usb']")["model"] == "nec-xhci"
    assert "q35" in place(xml, "os/type")["machine"]


def test_a_guest_with_processors_of_its_own(hypervisor: Hypervisor) -> None:
    """Without hardware help the guest as a whole stays on them."""
    facts = hypervisor.driver.inventory.facts(hypervisor.driver.inventory.nodes()[0])
    (cell, *_) = facts.cells
    cpu = min(cell.cpus)
    part = GuestCell(frozenset(), frozenset({0}), 64, host_cell=cell.id, pins={0: cpu})
    numa = GuestNuma((part,), policy="dedicated")
    guest = hypervisor.run(
        hypervisor.spec({"hw:cpu_policy": "dedicated"}, {}, memory_mb=64, numa=numa))
    xml = hypervisor.xml(guest)
    assert place(xml, "vcpu")["cpuset"] == str(cpu)
    assert place(xml, "numatune/memory") == {"mode": "strict", "nodeset": str(cell.id)}
    hypervisor.wait_for(guest, tiny_guest.BANNER)


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("swtpm") is None, reason="there is no swtpm")
def test_firmware_and_a_tpm(hypervisor: Hypervisor) -> None:
    """UEFI with secure boot, and a TPM; what both remember outlives the power, not the guest."""
    specs = {"hw:tpm_version": "2.0", "hw:tpm_model": "tpm-crb", "os:secure_boot": "required"}
    properties = {"hw_firmware_type": "uefi", "hw_machine_type": "q35"}
    guest = hypervisor.run(hypervisor.spec(specs, properties, memory_mb=256))
    hypervisor.wait_for(guest, UEFI_BANNER, patience=300)
    xml = hypervisor.xml(guest)
    assert place(xml, "os/loader")["secure"] == "yes"
    assert place(xml, "features/smm")["state"] == "on"
    assert place(xml, "devices/tpm/backend")["version"] == "2.0"
    secret = tpm_secret(guest.uuid)
    kept = hypervisor.ask(lambda c: c.secretLookupByUUIDString(secret).value(0))
    assert len(kept) == 128
    loader, memory = xml.findtext("os/loader"), xml.findtext("os/nvram") or ""
    remembered = hypervisor.inside(memory)
    assert "secboot" in (loader or "") or ".ms." in (loader or "")
    assert remembered.stat().st_size > 100_000
    hypervisor.driver.power.power_off(guest.uuid)
    born = remembered.stat().st_ino
    hypervisor.driver.power.power_on(guest)
    again = hypervisor.xml(guest)
    assert (again.findtext("os/loader"), again.findtext("os/nvram")) == (loader, memory)
    assert remembered.stat().st_ino == born
    assert hypervisor.ask(lambda c: c.secretLookupByUUIDString(secret).value(0)) == kept
    hypervisor.driver.spawn.destroy(guest.uuid)
    assert secret not in hypervisor.ask(lambda c: c.listSecrets())
    assert not remembered.exists()


SHAPES: dict[str, tuple[dict[str, str], dict[str, str], str, dict[str, str]]] = {
    "ide on the usual machine": ({}, {"hw_disk_bus": "ide"}, "devices/disk/target",
                                 {"dev": "hda", "bus": "ide"}),
    "sata": ({}, {"hw_disk_bus": "sata", "hw_machine_type": "q35"}, "devices/disk/target",
             {"dev": "sda", "bus": "sata"}),
    "an old card": ({}, {"hw_video_model": "cirrus"}, "devices/video/model", {"type": "cirrus"}),
    "an iommu": ({"hw:viommu_model": "intel"}, {"hw_machine_type": "q35"}, "devices/iommu",
                 {"model": "intel"}),
    "windows": ({}, {"os_type": "windows"}, "clock", {"offset": "localtime"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_hypervisor_takes_it(hypervisor: Hypervisor, name: str) -> None:
    specs, properties, path, wanted = SHAPES[name]
    changes: dict[str, Any] = {"os_type": properties.get("os_type")}
    guest = hypervisor.run(hypervisor.spec(specs, properties, **changes))
    found = place(hypervisor.xml(guest), path)
    assert wanted.items() <= found.items()
    hypervisor.driver.spawn.destroy(guest.uuid)


@pytest.mark.parametrize(("specs", "properties"), [
    ({"hw:viommu_model": "smmuv3"}, {}),
    ({"hw:mem_encryption": "true"}, {"hw_firmware_type": "uefi"}),
    ({"os:secure_boot": "required"}, {"hw_firmware_type": "uefi"}),
    ({"hw:tpm_version": "1.2", "hw:tpm_model": "tpm-crb"}, {}),
    ({"hw:tpm_version": "2.0", "hw:tpm_secret_security": "user"}, {}),
    ({"hw:cpu_policy": "dedicated"}, {}),
])
def test_what_cannot_be_had_is_refused(
    hypervisor: Hypervisor, specs: dict[str, str], properties: dict[str, str]
) -> None:
    guest = dataclasses.replace(hypervisor.spec(specs, properties), vcpus=1)
    with pytest.raises(UnsupportedGuest):
        hypervisor.driver.spawn.spawn(guest)


def test_the_host_tells_of_itself(hypervisor: Hypervisor) -> None:
    node = hypervisor.driver.inventory.nodes()[0]
    facts = hypervisor.driver.inventory.facts(node)
    assert facts.cells
    assert sum(len(cell.cpus) for cell in facts.cells) == facts.vcpus
    assert sum(cell.memory_mb for cell in facts.cells) <= facts.memory_mb + 1
    assert {page.size_kb for page in facts.cells[0].pages} >= {4}
    assert {"COMPUTE_SECURITY_UEFI_SECURE_BOOT", "COMPUTE_SECURITY_TPM_2_0",
            "COMPUTE_VIOMMU_MODEL_INTEL", "COMPUTE_STORAGE_BUS_IDE"} <= facts.traits
    assert "COMPUTE_STORAGE_VIRTIO_FS" not in facts.traits
