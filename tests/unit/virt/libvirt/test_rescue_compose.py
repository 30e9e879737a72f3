"""Which disks a guest in rescue has, where, and from which it starts."""

import pytest

from nova.virt.contract import BlankDisk, ConfigDrive, ImageRef, RescueDisk, Swap
from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.libvirt.compose.guest import compose
from nova.virt.libvirt.compose.rescue import compose_rescue
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.storage.source import DiskSource
from tests.unit.virt.guests import DIRECTORY, files, guest, settings, site

IMAGE = ImageRef("bbbbbbbb-0000-4000-8000-000000000000", "raw")
OWN = files("disk.eph0", "disk.swap", "disk.config")
MADE = {
    "disk": DiskSource("file", "raw", f"{DIRECTORY}/disk.rescue"),
    "disk.config": DiskSource("file", "raw", f"{DIRECTORY}/disk.config.rescue"),
}


def own_guest(**more):
    return guest(ephemerals=(BlankDisk(1),), swap=Swap(64), config_drive=ConfigDrive(None), **more)


def rescued(wishes, image=IMAGE, **more):
    """(name, where, bus, boot order, kind) of each disk."""
    disk = RescueDisk(image, wishes)
    made = compose_rescue(
        own_guest(**more), disk, image, OWN, GuestDisks(DIRECTORY, {}, MADE), site())
    return made, [(one.file.rpartition("/")[2], one.target, one.bus, one.boot_order, one.device)
                  for one in made.devices.disks]


def test_the_rescue_disk_takes_the_first_place():
    _, disks = rescued({})
    assert disks == [
        ("disk.rescue", "vda", "virtio", 1, "disk"),
        ("disk", "vdb", "virtio", None, "disk"),
        ("disk.config.rescue", "hda", "ide", None, "cdrom"),
    ]


def test_the_root_disk_comes_second_also_where_the_config_drive_is_a_disk():
    """Guests number the disks of a bus in the order of their names."""
    disk = RescueDisk(IMAGE, {})
    conf = settings()
    conf.set_override("config_drive_format", "vfat")
    beside = GuestDisks(DIRECTORY, {}, MADE)
    made = compose_rescue(own_guest(), disk, IMAGE, OWN, beside, site(conf))
    found = {one.target: one.file.rpartition("/")[2] for one in made.devices.disks}
    assert found == {"vda": "disk.rescue", "vdb": "disk", "vdc": "disk.config.rescue"}


def test_as_its_image_wants_it():
    """The machine is that of the rescue image, not of the guest's own."""
    made, disks = rescued(
        {"hw_disk_bus": "scsi", "hw_machine_type": "pc"}, properties={"hw_machine_type": "q35"})
    assert [disk[1:3] for disk in disks[:2]] == [("sda", "scsi"), ("sdb", "scsi")]
    assert made.os.machine == "pc"


def test_from_a_cdrom():
    _, disks = rescued({}, image=ImageRef("cc", "iso"))
    assert disks[0] == ("disk.rescue", "hda", "ide", 1, "cdrom")
    assert disks[1] == ("disk", "vda", "virtio", None, "disk")


WHERE = {
    ("disk", "virtio"): "vdd", ("disk", "usb"): "sda", ("disk", "scsi"): "sda",
    ("disk", None): "vdd", ("cdrom", None): "hdb", ("floppy", None): "fda",
}  # fmt: skip


@pytest.mark.parametrize(("wish", "target"), WHERE.items(), ids=str)
def test_all_disks_in_their_places(wish, target):
    device, bus = wish
    properties = {"hw_rescue_device": device} | ({"hw_rescue_bus": bus} if bus else {})
    made, disks = rescued(properties)
    before = compose(own_guest(), OWN, site()).devices.disks
    assert [disk[1:3] for disk in disks[:-1]] == [(one.target, one.bus) for one in before]
    assert [disk[3] for disk in disks[:-1]] == [None] * len(before)
    assert disks[-1][:2] == ("disk.rescue", target)
    assert disks[-1][3:] == (1, device)
    names = [disk[0] for disk in disks]
    assert "disk.config.rescue" in names
    assert "disk.config" not in names
    kinds = {one.type: one.model for one in made.devices.controllers}
    assert kinds.get("scsi") == ("virtio-scsi" if bus == "scsi" else None)
    if bus == "usb":
        assert kinds["usb"] != "none"


def test_the_controller_is_the_one_the_guest_wants():
    """Its drivers know that one only."""
    made, _ = rescued({"hw_rescue_device": "disk", "hw_rescue_bus": "scsi"},
                      properties={"hw_scsi_model": "lsilogic"})
    (controller,) = (one for one in made.devices.controllers if one.type == "scsi")
    assert controller.model == "lsilogic"


def test_devices_that_there_are_not():
    for properties in ({"hw_rescue_bus": "xen"}, {"hw_rescue_device": "tape"}):
        with pytest.raises(UnsupportedGuest):
            rescued(properties)
