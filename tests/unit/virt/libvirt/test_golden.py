"""Whole definitions, as the hypervisor gets them.

To renew the files after a change that is meant: NOVA_RENEW_GOLDEN=1, then read the diff.
"""

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nova.virt.contract import BlankDisk, ConfigDrive, RootDisk, Swap
from nova.virt.libvirt.compose.guest import compose
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.storage.source import CephAccess, DiskSource
from nova.virt.libvirt.xml.domain import Domain
from tests.unit.virt.guests import DIRECTORY, IMAGE, UUID, files, guest, nic, settings, site

GOLDEN = Path(__file__).parent / "golden"


def _plain():
    return guest(), files(), site()


def _everything():
    wanted = guest(
        specs={
            "hw:cpu_max_sockets": "1",
            "hw:vif_multiqueue_enabled": "true",
            "hw:watchdog_action": "reset",
            "hw_rng:rate_bytes": "1024",
            "hw_rng:rate_period": "1000",
            "hw_video:ram_max_mb": "64",
            "quota:cpu_shares": "512",
            "quota:disk_read_iops_sec": "100",
            "quota:vif_inbound_average": "1000",
        },
        properties={
            "hw_disk_bus": "scsi",
            "hw_qemu_guest_agent": "yes",
            "hw_sound_model": "ich9",
            "hw_video_ram": "32",
            "hw_boot_menu": "true",
        },
        ephemerals=(BlankDisk(5), BlankDisk(1, bus="virtio")),
        swap=Swap(64),
        nics=(nic(), nic(vif_type="ovs", model="e1000", bridge="br-int")),
    )
    return wanted, files("disk.eph0", "disk.eph1", "disk.swap", "disk.config"), site()


def _in_a_ceph_pool():
    access = CephAccess((("192.0.2.1", "6789"), ("2001:db8::1", "6789")), "nova", "s-1", "/c.conf")
    names = ("disk", "disk.eph0", "disk.config")
    there = {n: DiskSource("network", "raw", f"vms/{UUID}_{n}", access) for n in names}
    conf = settings(hw_disk_discard="unmap", disk_cachemodes=["network=writeback", "file=none"])
    drive = ConfigDrive(None)
    wanted = guest(ephemerals=(BlankDisk(5),), config_drive=drive)
    return wanted, GuestDisks(DIRECTORY, {}, there), site(conf)


def _on_logical_volumes():
    names = ("disk", "disk.swap")
    there = {n: DiskSource("block", "raw", f"/dev/vg/{UUID}_{n}") for n in names}
    return guest(swap=Swap(64)), GuestDisks(DIRECTORY, {}, there), site(direct_io=False)


def _windows_on_kvm():
    conf = settings(virt_type="kvm", cpu_mode="host-passthrough", hw_machine_type=["x86_64=pc"])
    return (
        guest(os_type="windows", root=RootDisk(IMAGE, bus="ide")),
        files("disk.config"),
        site(conf),
    )


def _uefi_without_screen():
    conf = settings(sysinfo_serial="os", num_pcie_ports=3, disk_cachemodes=["file=writethrough"],
                    hw_machine_type=["x86_64=q35"])
    properties = {
        "hw_firmware_type": "uefi",
        "os_secure_boot": "required",
        "hw_video_model": "none",
    }
    return guest(properties=properties), files(), site(conf, efi=True, secure_boot=True)


def _direct_kernel():
    return guest(properties={"os_command_line": "quiet"}), files("kernel", "ramdisk"), site()


CASES = {
    "plain": _plain,
    "everything": _everything,
    "windows-on-kvm": _windows_on_kvm,
    "uefi-without-screen": _uefi_without_screen,
    "direct-kernel": _direct_kernel,
    "in-a-ceph-pool": _in_a_ceph_pool,
    "on-logical-volumes": _on_logical_volumes,
}


@pytest.mark.parametrize("name", CASES)
def test_definition(name):
    text = compose(*CASES[name]()).to_text() + "\n"
    path = GOLDEN / f"{name}.xml"
    if os.environ.get("NOVA_RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_is_read_back(name):
    definition = compose(*CASES[name]())
    read = Domain.from_text(definition.to_text())
    assert read.devices == definition.devices
    assert read.os == definition.os
    assert read.features == definition.features
    assert read.cpu == definition.cpu


def test_the_description_names_owner_flavor_and_ports():
    text = compose(*_everything()).to_text()
    space = {"nova": "http://openstack.org/xmlns/libvirt/nova/1.1"}
    (instance,) = ET.fromstring(text).findall("metadata/nova:instance", space)
    assert instance.findtext("nova:name", None, space) == "web & co"
    assert instance.find("nova:owner/nova:project", space).attrib == {"uuid": "p-1"}
    assert len(instance.findall("nova:ports/nova:port", space)) == 2
