"""Starting a guest from another disk than its own, so that its own can be mended."""

from dataclasses import dataclass, field
from typing import Protocol

from nova.virt.contract.devices import ConfigDrive, ImageRef
from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec, Properties

BUSES = frozenset({"fdc", "ide", "sata", "scsi", "usb", "virtio"})
DEVICES = frozenset({"cdrom", "disk", "floppy"})


@dataclass(frozen=True)
class RescueDisk:
    """What to start from.

    `image` None is the host's usual rescue image, else the guest's own.
    `properties` are those of the rescue image: with hw_rescue_device or
    hw_rescue_bus all disks of the guest stay where they are and the rescue disk
    is one more; without, it takes the first place, and the root disk the second.
    """

    image: ImageRef | None = None
    properties: Properties = field(default_factory=dict)
    config_drive: ConfigDrive | None = None

    @property
    def stable(self) -> bool:
        return "hw_rescue_device" in self.properties or "hw_rescue_bus" in self.properties

    def check(self) -> None:
        """Raises UnsupportedGuest for a bus or a kind of device that there is not."""
        for name, known in (("hw_rescue_bus", BUSES), ("hw_rescue_device", DEVICES)):
            value = self.properties.get(name)
            if value is not None and value not in known:
                raise UnsupportedGuest(what=name, value=value)


class Rescue(Protocol):
    def rescue(self, guest: GuestSpec, disk: RescueDisk) -> None:
        """Cut the guest's power and start it from the rescue disk, which is made anew.

        Doing it to a guest that is in rescue gives it a new rescue disk.  Raises
        GuestNotFound, BadImage, ImageUnavailable, UnsupportedGuest,
        HypervisorError; the guest may then be off, and `unrescue` puts it right.
        """

    def unrescue(self, guest: GuestSpec, *, start: bool = True) -> None:
        """As the guest was before: its definition to the letter, and its rescue disks gone.
        To a guest that is not in rescue, nothing but starting happens."""
