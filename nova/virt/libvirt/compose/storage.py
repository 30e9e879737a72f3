"""Disks of the guest, with their buses and names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.disk_encryption import encryption_of
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.storage import layout as names
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.storage.qemu_img import LUKS
from nova.virt.libvirt.storage.source import BLOCK, FILE, NETWORK, DiskSource
from nova.virt.libvirt.xml.devices import Controller
from nova.virt.libvirt.xml.disk import Disk, Host, IoTune

BUSES = frozenset({"virtio", "scsi", "ide", "sata", "usb", "fdc"})
PREFIXES = {"virtio": "vd", "scsi": "sd", "sata": "sd", "usb": "sd", "ide": "hd", "fdc": "fd"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SCSI_FOR_CDROM = frozenset({"ppc", "ppc64", "ppc64le", "s390", "s390x", "aarch64"})
DIRECT = frozenset({"none", "directsync"})
DISK, CDROM, FLOPPY = "disk", "cdrom", "floppy"
SPECIAL: dict[str, dict[str, object]] = {
    DISK: {}, CDROM: {"device": CDROM, "readonly": True}, FLOPPY: {"device": FLOPPY}
}  # fmt: skip
TUNES = (
    "total_bytes_sec",
    "read_bytes_sec",
    "write_bytes_sec",
    "total_iops_sec",
    "read_iops_sec",
    "write_iops_sec",
)


@dataclass
class _Names:
    """Hands out device names, keeping away from those that are asked for."""

    prefix: str | None
    taken: set[str] = field(default_factory=set)

    def take(self, bus: str, wanted: str | None) -> str:
        prefix = self.prefix or PREFIXES[bus]
        wanted = (wanted or "").removeprefix("/dev/")
        if wanted.startswith(prefix) and wanted not in self.taken:
            self.taken.add(wanted)
            return wanted
        free = next(n for n in _endless(prefix) if n not in self.taken)
        self.taken.add(free)
        return free


def disks(guest: GuestSpec, files: GuestDisks, site: Site) -> tuple[Disk, ...]:
    """Root, ephemerals, swap, config drive: as many of them as there are files."""
    usual = _usual_buses(guest, site)
    chosen = _Names(site.conf.libvirt.disk_prefix)
    made: list[Disk] = []

    def add(
        name: str, kind: str | None, bus: str | None, wanted: str | None, **special: object
    ) -> None:
        source = files.source(name)
        if source is None:
            return
        kind = kind or DISK
        if kind not in usual:
            raise UnsupportedGuest(what="The device type", value=kind)
        actual = _valid(bus or usual[kind])
        target = chosen.take(actual, wanted)
        special["encryption"] = encryption_of(guest, name)
        made.append(_disk(source, actual, target, guest, site, special | SPECIAL[kind]))

    root = guest.root
    is_cd = root.image is not None and root.image.disk_format == "iso"
    boots = is_cd or root.boot_index == 0
    add(names.ROOT, CDROM if is_cd else root.device_type, root.bus, root.device,
        boot_order=1 if boots else None)  # fmt: skip
    for number, blank in enumerate(guest.ephemerals):
        add(names.ephemeral(number), blank.device_type, blank.bus, blank.device)
    if guest.swap is not None:
        add(names.SWAP, DISK, guest.swap.bus, guest.swap.device)
    drive = CDROM if site.conf.config_drive_format == "iso9660" else DISK
    add(names.CONFIG_DRIVE, drive, None, None)
    return tuple(made)


def _usual_buses(guest: GuestSpec, site: Site) -> dict[str, str]:
    """By the type of the device."""
    floppy = _valid(guest.image_properties.get("hw_floppy_bus") or "fdc")
    return {DISK: _disk_bus(guest, site), CDROM: _cdrom_bus(guest, site), FLOPPY: floppy}


def controllers(guest: GuestSpec, made: tuple[Disk, ...]) -> Iterator[Controller]:
    if any(disk.bus == "scsi" for disk in made):
        model = guest.image_properties.get("hw_scsi_model", "virtio-scsi").replace("_", "-")
        queues = guest.vcpus if model == "virtio-scsi" else None
        yield Controller(type="scsi", index=0, model=model, queues=queues)


def _disk(
    source: DiskSource,
    bus: str,
    target: str,
    guest: GuestSpec,
    site: Site,
    special: dict[str, object],
) -> Disk:
    plain = "device" not in special
    return Disk(
        **_place(source),
        format="raw" if source.format == LUKS else source.format,
        cache=_cache_mode(site, source.kind),
        io="native" if _native(source, site) else None,
        discard=site.conf.libvirt.hw_disk_discard if plain else None,
        iothread=1 if bus == "virtio" and plain else None,
        target=target,
        bus=bus,
        iotune=_tune(guest) if plain else None,
        **special,  # type: ignore[arg-type]
    )


def _place(source: DiskSource) -> dict[str, Any]:
    """Those attributes of a disk that say where it is."""
    if source.kind == BLOCK:
        return {"type": BLOCK, "dev": source.path}
    if source.ceph is None:
        return {"file": source.path}
    ceph = source.ceph
    secret = {"auth_user": ceph.user, "secret_type": "ceph", "secret_uuid": ceph.secret_uuid}
    return {
        "type": NETWORK,
        "protocol": "rbd",
        "name": source.path,
        "hosts": tuple(Host(name=host, port=port) for host, port in ceph.monitors),
        "config": ceph.conf,
        **(secret if ceph.user and ceph.secret_uuid else {}),
    }


def _native(source: DiskSource, site: Site) -> bool:
    """Asynchronous I/O of the kernel: where all blocks of the disk exist already, and no
    page cache is between."""
    if _cache_mode(site, source.kind) not in DIRECT:
        return False
    whole = source.kind == FILE and site.conf.preallocate_images == "space"
    return source.kind == BLOCK or (whole and site.direct_io)


def _cache_mode(site: Site, kind: str) -> str:
    """As configured for this kind of source; a network disk has no page cache to avoid,
    but writes of its guest reach the cluster before they are said to be done."""
    configured = dict(mode.split("=", 1) for mode in site.conf.libvirt.disk_cachemodes)
    usual = "none" if site.direct_io or kind != FILE else "writeback"
    return configured.get(kind) or usual


def _tune(guest: GuestSpec) -> IoTune | None:
    wishes = Wishes.of(guest)
    tune = IoTune(**{name: wishes.number(f"quota:disk_{name}") for name in TUNES})
    return None if tune == IoTune() else tune


def _disk_bus(guest: GuestSpec, site: Site) -> str:
    return _valid(guest.image_properties.get("hw_disk_bus") or "virtio")


def _cdrom_bus(guest: GuestSpec, site: Site) -> str:
    if wanted := guest.image_properties.get("hw_cdrom_bus"):
        return _valid(wanted)
    if site.arch_of(guest) in SCSI_FOR_CDROM:
        return "scsi"
    return "sata" if "q35" in site.machine_of(guest) else "ide"


def _valid(bus: str) -> str:
    if bus not in BUSES:
        raise UnsupportedGuest(what="The disk bus", value=bus)
    return bus


def _endless(prefix: str) -> Iterator[str]:
    for letter in LETTERS:
        yield f"{prefix}{letter}"
    for first in LETTERS:
        for second in LETTERS:
            yield f"{prefix}{first}{second}"
