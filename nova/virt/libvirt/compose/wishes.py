"""What flavor and image ask of the guest's hardware, and who wins."""

from dataclasses import dataclass

from oslo_utils import strutils

from nova.errors import Invalid
from nova.virt.contract.errors import BadGuest, UnsupportedGuest
from nova.virt.contract.guest import GuestSpec, Properties
from nova.virt.contract.numa import ANY, SMALL, GuestNuma
from nova.virt.mdev.choice import asked_classes
from nova.virt.topology.guest import guest_numa

NOT_HERE = ("hw:pmem",)
"""Extra specs this driver does not carry out.  Running the guest without them would
be a broken promise, so it is refused; so are the image properties of like name."""
VGPU = "VGPU"
HARMLESS = frozenset({"", "0", "false", "no", "off", "none", "small", "any", "shared"})


def _is_special(wanted: GuestNuma) -> bool:
    """Whether the guest would notice that it has nothing of its own."""
    pages = {cell.page_kb for cell in wanted.cells}
    pinned = any(cell.pinned for cell in wanted.cells)
    return pinned or len(wanted.cells) > 1 or not pages <= {None, SMALL, ANY}


@dataclass(frozen=True)
class Wishes:
    uuid: str
    specs: Properties
    properties: Properties

    @classmethod
    def of(cls, guest: GuestSpec) -> "Wishes":
        return cls(guest.uuid, guest.flavor.extra_specs, guest.image_properties)

    def text(self, name: str) -> str | None:
        """hw_<name> of the image, else hw:<name> of the flavor."""
        return self.properties.get(f"hw_{name}") or self.specs.get(f"hw:{name}")

    def flavor_first(self, name: str) -> str | None:
        return self.specs.get(f"hw:{name}") or self.properties.get(f"hw_{name}")

    def flag(self, name: str) -> bool | None:
        """None when nobody says anything."""
        value = self.text(name)
        return None if value is None else strutils.bool_from_string(value)

    def number(self, key: str) -> int | None:
        """Of a flavor extra spec or image property by its full name."""
        value = self.specs.get(key) or self.properties.get(key)
        if value is None:
            return None
        try:
            return int(value)
        except ValueError:
            raise self.refusal(f"{key} is no number: {value}") from None

    def choice(self, what: str, value: str, known: frozenset[str]) -> str:
        if value not in known:
            raise UnsupportedGuest(what=what, value=value)
        return value

    def refusal(self, reason: str) -> BadGuest:
        return BadGuest(uuid=self.uuid, reason=reason)

    def refuse_unclaimed(self, guest: GuestSpec) -> None:
        """What a guest is to have for itself, the host must have given it."""
        try:
            wanted = guest_numa(self.specs, self.properties, guest.vcpus, guest.memory_mb)
        except Invalid as error:
            raise self.refusal(error.message) from None
        if wanted is not None and guest.numa is None and _is_special(wanted):
            raise UnsupportedGuest(what="A guest on memory nodes", value="nothing is claimed")
        if self.specs.get("pci_passthrough:alias") and not guest.devices:
            raise UnsupportedGuest(what="pci_passthrough:alias", value="nothing is claimed")
        if VGPU in asked_classes(self.specs) and not guest.mdevs:
            raise UnsupportedGuest(what=VGPU, value="nothing is claimed")

    def refuse_unfulfilled(self) -> None:
        for key in NOT_HERE:
            for source, name in ((self.specs, key), (self.properties, key.replace(":", "_", 1))):
                if source.get(name, "").lower() not in HARMLESS:
                    raise UnsupportedGuest(what=name, value=source[name])
