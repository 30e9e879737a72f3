"""What flavor and image ask of the guest's hardware, and who wins."""

from dataclasses import dataclass

from oslo_utils import strutils

from nova.virt.contract.errors import BadGuest, UnsupportedGuest
from nova.virt.contract.guest import GuestSpec, Properties

NOT_HERE = (
    "hw:cpu_dedicated_mask",
    "hw:cpu_realtime",
    "hw:emulator_threads_policy",
    "hw:ephemeral_encryption",
    "hw:locked_memory",
    "hw:maxphysaddr_mode",
    "hw:mem_encryption",
    "hw:mem_page_size",
    "hw:numa_nodes",
    "hw:pmem",
    "hw:redirected_usb_ports",
    "hw:tpm_version",
    "hw:viommu_model",
    "pci_passthrough:alias",
)
"""Extra specs this driver does not carry out.  Running the guest without them would
be a broken promise, so it is refused; so are the image properties of like name."""
HARMLESS = frozenset({"", "0", "false", "no", "off", "none", "small", "any", "shared"})


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

    def refuse_unfulfilled(self) -> None:
        for key in NOT_HERE:
            for source, name in ((self.specs, key), (self.properties, key.replace(":", "_", 1))):
                if source.get(name, "").lower() not in HARMLESS:
                    raise UnsupportedGuest(what=name, value=source[name])
        if self.flavor_first("cpu_policy") in ("dedicated", "mixed"):
            raise UnsupportedGuest(what="hw:cpu_policy", value=self.flavor_first("cpu_policy"))
