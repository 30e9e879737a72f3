"""Disks and interfaces."""

from typing import Any

from nova.virt.contract import (
    BlankDisk,
    ConfigDrive,
    DiskEncryption,
    ImageRef,
    RootDisk,
    Swap,
)
from nova.virt.libvirt.compose.disk_encryption import disk_secret
from tests.unit.virt.guests import IMAGE, guest
from tests.unit.virt.libvirt.shapes.shape import Shape

ROOT = "devices/disk[1]"
DRIVE = "devices/disk[@device='cdrom']"
NIC = "devices/interface"
LIMITS = ("read_bytes_sec", "write_bytes_sec", "read_iops_sec", "write_iops_sec")
WAYS = tuple(
    (way, part) for way in ("inbound", "outbound") for part in ("average", "peak", "burst"))
CD = {"guest": {"config_drive": ConfigDrive(None)}, "disks": ("disk.config",)}


def on_bus(bus: str, target: str) -> Shape:
    return Shape(f"a disk on {bus}", {f"{ROOT}/target@bus": bus, f"{ROOT}/target@dev": target},
                 properties={"hw_disk_bus": bus})


def cd_on(bus: str, machine: str = "pc", wish: str | None = None) -> Shape:
    properties = {"hw_machine_type": machine} | ({"hw_cdrom_bus": wish} if wish else {})
    return Shape(f"a CD on {bus} of {machine}, {wish}", {
        f"{DRIVE}/target@bus": bus, f"{DRIVE}/readonly": True}, properties=properties, **CD)


LOCK = DiskEncryption("a-secret")
LOCKED: dict[str, Any] = {
    "guest": {"root": RootDisk(IMAGE, 1, encryption=LOCK), "ephemerals": (
        BlankDisk(1, encryption=LOCK),), "swap": Swap(64)},
    "disks": ("disk.eph0", "disk.swap"),
    "site": {"disk_encryption": frozenset({"luks"})},
}


def locked(name: str) -> dict[str, str]:
    """In the place of the disk; nobody is told the key service's name of the secret."""
    at = f"devices/disk[{1 + ('eph' in name)}]/source/encryption"
    return {f"{at}@format": "luks", f"{at}/secret@type": "passphrase",
            f"{at}/secret@uuid": disk_secret(guest().uuid, name)}


SHAPES = (
    Shape("encrypted disks", {
        **locked("disk"), **locked("disk.eph0"), "devices/disk[3]/source/encryption": False,
        f"{ROOT}/driver@type": "qcow2"},
        {"hw:ephemeral_encryption": "true", "hw:ephemeral_encryption_format": "luks"}, **LOCKED),
    Shape("disks that the image wants encrypted", locked("disk"), properties={
        "hw_ephemeral_encryption": "true", "hw_ephemeral_encryption_format": "luks"}, **LOCKED),
    Shape("disks that were to stay encrypted", locked("disk"), **LOCKED),
    Shape("a disk", {
        f"{ROOT}@type": "file", f"{ROOT}/driver@type": "qcow2", f"{ROOT}/driver@cache": "none",
        f"{ROOT}/driver@discard": False, f"{ROOT}/driver@io": False,
        f"{ROOT}/driver@iothread": "1",
        f"{ROOT}/target@bus": "virtio", f"{ROOT}/target@dev": "vda", f"{ROOT}/boot@order": "1",
        f"{ROOT}/iotune": False, "devices/controller[@type='scsi']": False}),
    on_bus("scsi", "sda"), on_bus("sata", "sda"), on_bus("ide", "hda"), on_bus("usb", "sda"),
    cd_on("ide"), cd_on("sata", "q35"), cd_on("scsi", "pc", "scsi"), cd_on("usb", "q35", "usb"),
    Shape("a CD on an ARM machine", {f"{DRIVE}/target@bus": "scsi"},
          properties={"hw_emulation_architecture": "aarch64"}, **CD),
    Shape("it boots from a CD", {f"{ROOT}@device": "cdrom", f"{ROOT}/boot@order": "1"},
          guest={"root": RootDisk(ImageRef("cd", "iso"), 1)}),
    Shape("it boots from a CD that is a disk image", {
        f"{ROOT}@device": "cdrom", f"{ROOT}/readonly": True, f"{ROOT}/target@bus": "ide"},
        guest={"root": RootDisk(IMAGE, 1, device_type="cdrom")}),
    Shape("a disk on a bus of its own", {f"{ROOT}/target@bus": "sata"},
          properties={"hw_disk_bus": "scsi"}, guest={"root": RootDisk(IMAGE, 1, bus="sata")}),
    Shape("a floppy", {
        "devices/disk[@device='floppy']/target@bus": "fdc",
        "devices/disk[@device='floppy']/target@dev": "fda",
        "devices/disk[@device='floppy']/driver@iothread": False},
        guest={"ephemerals": (BlankDisk(1, device_type="floppy"),)}, disks=("disk.eph0",)),
    Shape("a floppy on the bus that it says", {"devices/disk[@device='floppy']/target@bus": "fdc"},
          {}, {"hw_floppy_bus": "fdc", "hw_disk_bus": "scsi"},
          guest={"ephemerals": (BlankDisk(1, device_type="floppy"),)}, disks=("disk.eph0",)),
    Shape("a controller of SCSI", {"devices/controller[@type='scsi']@model": "virtio-scsi",
                                   "devices/controller[@type='scsi']/driver@queues": "2"},
          properties={"hw_disk_bus": "scsi"}),
    Shape("another controller of SCSI", {"devices/controller[@type='scsi']@model": "lsilogic",
                                         "devices/controller[@type='scsi']/driver": False},
          properties={"hw_disk_bus": "scsi", "hw_scsi_model": "lsilogic"}),
    Shape("limited", {f"{ROOT}/iotune/{name}": "7000" for name in LIMITS},
          {f"quota:disk_{name}": "7000" for name in LIMITS}),
    Shape("limited as a whole", {f"{ROOT}/iotune/total_bytes_sec": "9000",
                                 f"{ROOT}/iotune/total_iops_sec": "90"},
          {"quota:disk_total_bytes_sec": "9000", "quota:disk_total_iops_sec": "90"}),
    Shape("given back", {f"{ROOT}/driver@discard": "unmap"}, options={"hw_disk_discard": "unmap"}),
    Shape("cached", {f"{ROOT}/driver@cache": "writethrough"},
          options={"disk_cachemodes": ["file=writethrough"]}),
    Shape("where nothing bypasses the cache", {f"{ROOT}/driver@cache": "writeback"},
          site={"direct_io": False}),
    Shape("disks of no image", {
        "devices/disk[2]/target@dev": "vdb", "devices/disk[2]/source@file": True,
        "devices/disk[3]/target@dev": "vdc"},
        guest={"ephemerals": (BlankDisk(1),), "swap": Swap(64)}, disks=("disk.eph0", "disk.swap")),
    Shape("an interface", {
        f"{NIC}@type": "bridge", f"{NIC}/source@bridge": "brq-net", f"{NIC}/model@type": "virtio",
        f"{NIC}/mtu@size": "1450", f"{NIC}/driver": False, f"{NIC}/bandwidth": False,
        f"{NIC}/filterref": False}),
    *(Shape(f"an {model}", {f"{NIC}/model@type": model}, properties={"hw_vif_model": model})
      for model in ("e1000", "e1000e", "rtl8139", "ne2k_pci", "pcnet", "vmxnet3", "igb")),
    Shape("whatever the hypervisor likes", {f"{NIC}/model": False},
          options={"use_virtio_for_bridges": False}),
    Shape("queues", {f"{NIC}/driver@queues": "4"}, {"hw:vif_multiqueue_enabled": "true"},
          guest={"vcpus": 4}),
    Shape("queues, as many as allowed", {f"{NIC}/driver@queues": "2"},
          properties={"hw_vif_multiqueue_enabled": "true"}, options={"max_queues": 2},
          guest={"vcpus": 4}),
    Shape("sizes of queues", {f"{NIC}/driver@rx_queue_size": "512",
                              f"{NIC}/driver@tx_queue_size": "1024"},
          options={"rx_queue_size": 512, "tx_queue_size": 1024}),
    Shape("packed", {f"{NIC}/driver@packed": "on"}, {"hw:virtio_packed_ring": "true"}),
    Shape("packed, says the image", {f"{NIC}/driver@packed": "on"},
          properties={"hw_virtio_packed_ring": "true"}),
    Shape("bandwidth", {f"{NIC}/bandwidth/{way}@{part}": "1000" for way, part in WAYS},
          {f"quota:vif_{way}_{part}": "1000" for way, part in WAYS}),
)  # fmt: skip
