"""The definition of a guest in rescue."""

from dataclasses import replace

from nova.virt.contract.devices import ImageRef, RootDisk
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.rescue import RescueDisk
from nova.virt.libvirt.compose.guest import compose
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.storage import LETTERS, PREFIXES, controllers
from nova.virt.libvirt.storage import layout as names
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.storage.source import DiskSource
from nova.virt.libvirt.xml.devices import Controller, Devices
from nova.virt.libvirt.xml.disk import Disk
from nova.virt.libvirt.xml.domain import Domain

PLAIN_BUS = {"floppy": "fdc"}


def compose_rescue(
    guest: GuestSpec, disk: RescueDisk, image: ImageRef, own: GuestDisks, rescue: GuestDisks,
    site: Site,
) -> Domain:
    """`own` are the guest's disks, `rescue` those made for its rescue, by the same names.
    Raises what `compose` does."""
    disk.check()
    if disk.stable:
        return _stable(guest, disk, image, own, rescue, site)
    return _first(guest, disk, image, own, rescue, site)


def _first(
    guest: GuestSpec, disk: RescueDisk, image: ImageRef, own: GuestDisks, rescue: GuestDisks,
    site: Site,
) -> Domain:
    """The rescue disk in the first place, the root disk in the second, and no others; the
    machine is as the rescue image wants it."""
    shape = replace(
        guest, root=RootDisk(image, encryption=guest.root.encryption),
        image_properties=disk.properties, ephemerals=(), swap=None, volumes=(),
    )
    made = compose(shape, rescue, site)
    source = own.source(names.ROOT)
    if source is None:
        return made
    first, *rest = _disks(made)
    root = _disk_of(shape, source, own, site)
    placed = [first, replace(root, target=_free([first], root.bus), boot_order=None)]
    for other in rest:
        taken = other.target in {one.target for one in placed}
        placed.append(replace(other, target=_free(placed, other.bus)) if taken else other)
    return _with_disks(made, tuple(placed))


def _stable(
    guest: GuestSpec, disk: RescueDisk, image: ImageRef, own: GuestDisks, rescue: GuestDisks,
    site: Site,
) -> Domain:
    """All disks in their places, and the rescue disk after them, from which it boots."""
    drive = rescue.source(names.CONFIG_DRIVE)
    changed = {**own.sources, **({names.CONFIG_DRIVE: drive} if drive else {})}
    formats = {name: one for name, one in own.formats.items() if not (drive and name in changed)}
    made = compose(guest, GuestDisks(own.directory, formats, changed), site)
    theirs = tuple(replace(one, boot_order=None) for one in _disks(made))
    source = rescue.source(names.ROOT)
    assert source is not None
    extra = _extra(guest, disk, _disk_of(guest, source, own, site), list(theirs), site)
    return _with_disks(made, (*theirs, extra), _controllers(guest, made, extra))


def _extra(
    guest: GuestSpec, disk: RescueDisk, plain: Disk, others: list[Disk], site: Site
) -> Disk:
    device = disk.properties.get("hw_rescue_device", "disk")
    bus = disk.properties.get("hw_rescue_bus") or _bus_of(guest, device, plain, site)
    whole = device == "disk"
    return replace(
        plain,
        device=device,
        bus=bus,
        target=_free(others, bus),
        boot_order=1,
        readonly=device == "cdrom",
        iothread=plain.iothread if whole and bus == "virtio" else None,
        discard=plain.discard if whole else None,
        iotune=plain.iotune if whole else None,
    )


def _bus_of(guest: GuestSpec, device: str, plain: Disk, site: Site) -> str:
    if device == "cdrom":
        wanted = guest.image_properties.get("hw_cdrom_bus")
        return wanted or ("sata" if "q35" in site.machine_of(guest) else "ide")
    return PLAIN_BUS.get(device) or plain.bus or "virtio"


def _disk_of(guest: GuestSpec, source: DiskSource, beside: GuestDisks, site: Site) -> Disk:
    """The source as a root disk of the guest."""
    alone = GuestDisks(beside.directory, {}, {names.ROOT: source})
    own = guest.root
    root = RootDisk(ImageRef("rescue", "raw"), bus=own.bus, encryption=own.encryption)
    bare = replace(guest, root=root)
    return _disks(compose(bare, alone, site))[0]


def _disks(made: Domain) -> tuple[Disk, ...]:
    return made.devices.disks if made.devices else ()


def _with_disks(
    made: Domain, disks: tuple[Disk, ...], plugged_into: tuple[Controller, ...] | None = None
) -> Domain:
    devices = made.devices or Devices()
    if plugged_into is None:
        plugged_into = devices.controllers
    return replace(made, devices=replace(devices, disks=disks, controllers=plugged_into))


def _controllers(guest: GuestSpec, made: Domain, extra: Disk) -> tuple[Controller, ...]:
    """Those the rescue disk needs, too."""
    there = made.devices.controllers if made.devices else ()
    if extra.bus == "usb":
        return tuple(
            replace(one, model="qemu-xhci") if one.type == "usb" and one.model == "none" else one
            for one in there
        )
    if extra.bus == "scsi" and not any(one.type == "scsi" for one in there):
        return (*there, *controllers(guest, (extra,)))
    return there


def _free(others: list[Disk], bus: str | None) -> str:
    """A device name that none of the others has."""
    prefix = PREFIXES.get(bus or "", "vd")
    taken = {one.target for one in others}
    return next(name for letter in LETTERS if (name := prefix + letter) not in taken)
