"""Disks and network interfaces of a guest, as the driver is told of them.

A device name is that of the server's record without its directory ("vda"); None
lets the driver choose.  `bus` None means: as the image says, else the driver's
default.  Lower `boot_index` boots first; None does not boot.  `device_type` is disk, cdrom
or floppy; None means disk, or what the image is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nova.virt.contract.addresses import DeviceAddress
from nova.virt.contract.trust import ImageSignature


@dataclass(frozen=True)
class DiskEncryption:
    """How the contents of a disk (or an image) are encrypted where they lie.

    `secret_id` is what the key service calls the passphrase; the passphrase itself is to
    be known here no longer than a disk is made or a guest starts.  None: it is not at
    hand, and only what does not read the disk can be done.
    """

    secret_id: str
    format: str = "luks"
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ImageRef:
    """An image, and how to know that its bytes are its own.

    `size` is in bytes of the file as the image service holds it; `checksum`
    is its MD5, `hash_algorithm` (as of hashlib) and `hash_value` the newer way
    to say the same.  None: the image service does not know.  `locations` are
    addresses of its bytes, where the image service tells them; `stores` the
    names of its stores that hold it, `failed_stores` those that it could not be
    copied to.  `encryption` is that of its bytes.
    """

    image_id: str
    disk_format: str
    container_format: str = "bare"
    size: int | None = None
    min_disk_gb: int = 0
    checksum: str | None = None
    hash_algorithm: str | None = None
    hash_value: str | None = None
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    locations: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    failed_stores: tuple[str, ...] = ()
    signature: ImageSignature = field(default_factory=ImageSignature)
    encryption: DiskEncryption | None = None


@dataclass(frozen=True)
class RootDisk:
    """Where the guest boots from: an image, or (image None) a volume of `GuestSpec.volumes`.

    `size_gb` 0 leaves the disk as large as the image.  `encryption` None: it is not; so
    for all local disks.
    """

    image: ImageRef | None
    size_gb: int = 0
    bus: str | None = None
    device: str | None = None
    boot_index: int | None = 0
    device_type: str | None = None
    encryption: DiskEncryption | None = None


@dataclass(frozen=True)
class BlankDisk:
    """An empty local disk; `filesystem` None takes the host's default for the guest's system."""

    size_gb: int
    filesystem: str | None = None
    bus: str | None = None
    device: str | None = None
    device_type: str | None = None
    encryption: DiskEncryption | None = None


@dataclass(frozen=True)
class Swap:
    size_mb: int
    bus: str | None = None
    device: str | None = None
    encryption: DiskEncryption | None = None


@dataclass(frozen=True)
class VolumeDisk:
    """A volume, with the connection information the volume service gave for this host."""

    volume_id: str
    connection_info: Mapping[str, Any]
    bus: str | None = None
    device: str | None = None
    boot_index: int | None = None
    device_type: str = "disk"
    tag: str | None = None
    serial: str | None = None


@dataclass(frozen=True)
class Nic:
    """A network interface: one bound port.

    `bridge` is the bridge or switch on this host, `tap` the name the host end
    must have (at most 14 characters), `mtu` in bytes, `details` the port's
    binding:vif_details, `profile` its binding:profile (which names a PCI device),
    `addresses` its fixed addresses (descriptive).
    """

    port_id: str
    mac: str
    vif_type: str = "bridge"
    vnic_type: str = "normal"
    bridge: str | None = None
    tap: str | None = None
    mtu: int | None = None
    model: str | None = None
    tag: str | None = None
    active: bool = True
    addresses: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConfigDrive:
    """A small read-only disk labelled config-2.

    `files` maps paths ("openstack/latest/meta_data.json") to contents; None
    keeps the one that the guest has from before (power on, hard reboot).  `placed` makes
    them again of where the new guest's devices are, for guests that are told of that.
    """

    files: Mapping[str, bytes] | None
    placed: Callable[[Sequence[DeviceAddress]], Mapping[str, bytes]] | None = None
