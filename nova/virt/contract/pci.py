"""PCI devices that a host can give to guests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PLAIN, PHYSICAL, VIRTUAL, VDPA = "type-PCI", "type-PF", "type-VF", "vdpa"


@dataclass(frozen=True)
class PciDevice:
    """A device as the hypervisor finds it.

    `address` is 0000:0a:00.1; ids are four hexadecimal digits; `parent` the address of the
    whole card of a part of one; `numa_node` None: not known; `netdevs` are the
    network devices of the host that it drives.  Of a part of a card: `number` among the
    card's parts, and `card_mac` and `card_serial` of the card, as far as they are known.
    """

    address: str
    vendor_id: str
    product_id: str
    kind: str = PLAIN
    numa_node: int | None = None
    parent: str | None = None
    netdevs: tuple[str, ...] = ()
    label: str = ""
    number: int | None = None
    card_mac: str | None = None
    card_serial: str | None = None

    @property
    def identity(self) -> dict[str, str]:
        """By which those know a part of a card who see the card from elsewhere."""
        known = {"card_serial_number": self.card_serial, "pf_mac_address": self.card_mac,
                 "vf_num": self.number}
        return {name: str(value) for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class ClaimedDevice:
    """A device that is a guest's.  `request_id` says which of its wishes it fulfils, `tags`
    what the operator says of it (physical_network, managed, ...), and its identity as a part of
    a card."""

    address: str
    request_id: str
    kind: str = PLAIN
    tags: Mapping[str, str] = field(default_factory=dict)
    alias: str | None = None
    vendor_id: str = ""
    product_id: str = ""

    @property
    def managed(self) -> bool:
        """Whether the hypervisor takes it from its driver and gives it back."""
        return self.tags.get("managed", "true").lower() != "false"
