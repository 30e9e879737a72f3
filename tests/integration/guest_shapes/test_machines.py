"""Servers through the API: what flavor and image ask for is there, and the machine of a server
is what it was at first, whatever the operator makes usual later."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cloud import PROJECT
from tests.contracts.virt import tiny_guest
from tests.integration.libvirt_cloud import LibvirtCloud, libvirt_cloud
from tools.daemons.private_libvirt import PrivateLibvirt

from .test_shapes import place

pytestmark = pytest.mark.timeout(600)
PATIENCE = 120.0


@pytest.fixture(scope="module")
def cloud(daemon: PrivateLibvirt) -> Iterator[LibvirtCloud]:
    with libvirt_cloud(daemon) as made:
        yield made


def machine(cloud: LibvirtCloud, uuid: str) -> str:
    return place(definition(cloud, uuid), "os/type")["machine"]


def definition(cloud: LibvirtCloud, uuid: str) -> ET.Element:
    import libvirt

    shown = cloud.wait(uuid, "ACTIVE", "ERROR", seconds=PATIENCE)
    assert shown["status"] == "ACTIVE", shown
    connection = libvirt.open(cloud.conf_of("host1").libvirt.connection_uri)
    try:
        return ET.fromstring(connection.lookupByUUIDString(uuid).XMLDesc(0))
    finally:
        connection.close()


def restarted(cloud: LibvirtCloud, usual: str) -> None:
    """The host, whose operator has chosen another machine."""
    cloud.computes["host1"].stop()
    cloud.driver.close()
    cloud.options["libvirt__hw_machine_type"] = [f"x86_64={usual}"]
    cloud.start_compute("host1")


def test_it_stays(cloud: LibvirtCloud) -> None:
    image, other = cloud.add(1, tiny_guest.disk()), cloud.add(2, tiny_guest.disk())
    wishing = cloud.add(3, tiny_guest.disk(), properties={"hw_machine_type": "pc"})
    old = cloud.booted(image, name="old")
    assert "i440fx" in machine(cloud, old)
    restarted(cloud, "q35")
    for action in ({"reboot": {"type": "HARD"}}, {"rebuild": {"imageRef": image}}):
        assert cloud.act(old, action).status == 202
        assert "i440fx" in machine(cloud, old)
    new = cloud.booted(image, name="new")
    assert "q35" in machine(cloud, new)
    assert cloud.act(old, {"rebuild": {"imageRef": other}}).status == 202
    assert "q35" in machine(cloud, old)
    assert cloud.act(new, {"rebuild": {"imageRef": wishing}}).status == 202
    assert "i440fx" in machine(cloud, new)


def test_what_flavor_and_image_ask_for_arrives(cloud: LibvirtCloud) -> None:
    """All the way from two requests to the definition of the guest."""
    flavor = {"id": "shaped", "name": "shaped", "vcpus": 2, "ram": 64, "disk": 1, "swap": 8,
              "OS-FLV-EXT-DATA:ephemeral": 1}  # fmt: skip
    specs = {"hw:watchdog_action": "reset", "hw:cpu_max_sockets": "1", "hw:boot_menu": "true",
             "quota:disk_read_iops_sec": "3000", "hw_video:ram_max_mb": "16"}  # fmt: skip
    admin = {"token": f"admin:{PROJECT}"}
    assert cloud.request("POST", "/flavors", {"flavor": flavor}, **admin).status == 200
    path = "/flavors/shaped/os-extra_specs"
    assert cloud.request("POST", path, {"extra_specs": specs}, **admin).status == 200
    image = cloud.add(10, tiny_guest.disk(), properties={
        "hw_disk_bus": "scsi", "hw_video_model": "vga", "hw_video_ram": "16",
        "hw_qemu_guest_agent": "yes", "hw_machine_type": "q35", "hw_cpu_cores": "2",
        "os_type": "linux"})
    uuid = cloud.booted(image, name="shaped", flavorRef="shaped", config_drive=True)
    xml = definition(cloud, uuid)
    assert "q35" in place(xml, "os/type")["machine"]
    assert place(xml, "devices/watchdog")["action"] == "reset"
    assert place(xml, "os/bootmenu")["enable"] == "yes"
    topology = place(xml, "cpu/topology")
    assert (topology["sockets"], topology["cores"]) == ("1", "2")
    assert place(xml, "devices/video/model")["vram"] == "16384"
    assert place(xml, "devices/channel[@type='unix']/target")["state"] == "disconnected"
    disks = [(one.get("dev"), one.get("bus")) for one in xml.findall("devices/disk/target")]
    assert disks == [("sda", "scsi"), ("sdb", "scsi"), ("sdc", "scsi"), ("sdd", "sata")]
    assert {one.text for one in xml.findall("devices/disk/iotune/read_iops_sec")} == {"3000"}
    assert filesystem(cloud.directory / "_base" / "swap_8") == "swap"
    (blank,) = (cloud.directory / "_base").glob("ephemeral_1_*")
    assert filesystem(blank) == "ext4"


def filesystem(path: Path) -> str:
    command = ["blkid", "-p", "-s", "TYPE", "-o", "value", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
