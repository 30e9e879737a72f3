"""PCI devices in placement: a provider for each card, with what it offers.

Parts of a card (virtual functions) belong to the provider of the card.
"""

import uuid as uuids
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from nova.clients.placement.contract import Inventory, naming
from nova.errors import ConfigurationFailure
from nova.objects.host import HostDevice
from nova.virt.contract.parts import HostPart
from nova.virt.contract.pci import PciDevice
from nova.virt.pci.offers import Offered, is_set

NAMESPACE = uuids.UUID("c5ab6f6e-1d3a-4a5b-9a4c-2b8b5b5b7d1e")
MANAGED = "COMPUTE_MANAGED_PCI_DEVICE"
LIVE_MIGRATABLE = "HW_PCI_LIVE_MIGRATABLE"
ONCE = "HW_PCI_ONE_TIME_USE"


@dataclass
class CardProvider:
    """`address` of the card; devices are `inventories` of one class.  `verbatim` is how it is
    called if not by its address in capitals."""

    address: str
    inventories: dict[str, Inventory] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)
    verbatim: str | None = None

    def title(self, node: str) -> str:
        """The name of the provider."""
        return f"{node}_{self.verbatim or self.address.upper()}"


def provider_of(node: str, device: PciDevice) -> str:
    """The id of the provider that the device belongs to."""
    return card_provider(node, card_of(device))


def card_provider(node: str, address: str) -> str:
    """Made of node and address, the same everywhere."""
    return str(uuids.uuid5(NAMESPACE, f"{node}/{address}"))


def card_of(device: PciDevice) -> str:
    return device.parent or device.address


def cards(
    offered: Iterable[Offered], given: Collection[str] = ()
) -> dict[str, CardProvider]:
    """By address.  `given` are the addresses that somebody has or had just now: what is for
    one time is kept from others.  Raises ConfigurationFailure when a card is offered whole
    and in parts, or as several classes or sets of traits."""
    found: dict[str, CardProvider] = {}
    kinds: dict[str, tuple[str, frozenset[str]]] = {}
    whole: dict[str, bool] = {}
    for one in offered:
        address = card_of(one.device)
        kind = resource_class(one), frozenset(traits_of(one))
        is_whole = one.device.parent is None
        same = kinds.setdefault(address, kind) == kind
        if not same or whole.setdefault(address, is_whole) != is_whole:
            raise ConfigurationFailure(
                reason=f"[pci]device_spec offers {address} in several ways at once"
            )
        card = found.setdefault(address, CardProvider(address))
        before = card.inventories.get(kind[0], Inventory(0))
        count, used = before.total + 1, int(one.once and one.device.address in given)
        card.inventories[kind[0]] = Inventory(count, before.reserved + used, max_unit=count)
        card.traits |= {*kind[1], MANAGED}
    return found


def part_provider(part: HostPart) -> CardProvider:
    """In lower case as addresses are, so that the names are made in the same way."""
    inventories = {
        name: Inventory(total, part.reserved, max_unit=part.most)
        for name, total in part.inventories.items()
    }
    verbatim = part.name if part.verbatim else None
    return CardProvider(part.name.lower(), inventories, set(part.traits), verbatim)


def resource_class(offered: Offered) -> str:
    """As the operator says (a standard class or a CUSTOM_ one), else made of the ids."""
    named, device = offered.tags.get("resource_class"), offered.device
    if not named:
        return f"CUSTOM_PCI_{device.vendor_id}_{device.product_id}".upper()
    return naming.resource_class(named)


def traits_of(offered: Offered) -> set[str]:
    named = (part.strip() for part in offered.tags.get("traits", "").split(","))
    found = {naming.trait(name) for name in named if name}
    if is_set(offered.tags, "live_migratable"):
        found.add(LIVE_MIGRATABLE)
    if offered.once:
        found.add(ONCE)
    return found


def row_of(
    one: Offered, holder: str | None, free: Collection[str], wishes: Mapping[str, str]
) -> HostDevice:
    """As it is kept; `wishes` {address: the wish that it fulfils}."""
    device = one.device
    status = "allocated" if holder else "available" if device.address in free else "unavailable"
    return HostDevice(
        address=device.address,
        vendor_id=device.vendor_id,
        product_id=device.product_id,
        dev_type=device.kind,
        dev_id=f"pci_{device.address.replace(':', '_').replace('.', '_')}",
        label=device.label or f"label_{device.vendor_id}_{device.product_id}",
        status=status,
        request_id=wishes.get(device.address) if holder else None,
        extra_info={key: str(value) for key, value in one.tags.items()},
        instance_uuid=holder,
        numa_node=device.numa_node,
        parent_addr=device.parent,
    )
