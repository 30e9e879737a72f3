"""What placement is told of a node: its provider, inventories and traits, and those of
the cards that it can give away."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oslo_config import cfg

from nova.clients.placement.contract import (
    GenerationConflict,
    Inventory,
    InventoryInUse,
    PlacementService,
    ProviderInUse,
    ProviderNameTaken,
)
from nova.compute.inventory.devices import (
    ONCE,
    CardProvider,
    card_provider,
)
from nova.compute.inventory.nodes import dedicated_of, reserved_disk_gb
from nova.compute.inventory.provider_files import (
    EVERY_NODE,
    Addition,
    Additions,
    read_additions,
)
from nova.compute.inventory.sharing import DISK, disk_is_shared
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.objects.host import ComputeNode

LOG = logging.getLogger(__name__)

DISABLED = "COMPUTE_STATUS_DISABLED"
# Who sees it knows that this house keeps the provider.
OURS = "OWNER_NOVA"
NODE = frozenset({OURS, "COMPUTE_NODE"})
# Options that fix how often something is given away; unset, what placement says stays.
FIXED = {"VCPU": "cpu_allocation_ratio", "MEMORY_MB": "ram_allocation_ratio",
         "DISK_GB": "disk_allocation_ratio"}


@dataclass(frozen=True)
class Told:
    """All that placement is to know of one provider."""

    inventories: Mapping[str, Inventory] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()

    def plus(self, addition: Addition) -> "Told":
        """Raises ConfigurationFailure for what the host itself tells of."""
        twice = sorted(addition.inventories.keys() & self.inventories.keys())
        if twice:
            raise ConfigurationFailure(
                reason=f"provider configuration: {', '.join(twice)} is what this host tells itself"
            )
        return Told({**addition.inventories, **self.inventories}, self.traits | addition.traits)


def inventories_of(
    conf: cfg.ConfigOpts, node: ComputeNode, images_gb: int = 0
) -> dict[str, Inventory]:
    """Totals, reserves and ratios by resource class; a class of nothing is left out.
    `images_gb` of the disk are kept for the store of images."""
    pinned = dedicated_of(node)
    floating = node.vcpus - pinned
    wanted = {
        "VCPU": Inventory(
            floating, conf.reserved_host_cpus, max_unit=max(floating, 1),
            allocation_ratio=node.cpu_allocation_ratio,
        ),
        "PCPU": Inventory(pinned, 0, max_unit=max(pinned, 1)),
        "MEMORY_MB": Inventory(
            node.memory_mb, conf.reserved_host_memory_mb, max_unit=max(node.memory_mb, 1),
            allocation_ratio=node.ram_allocation_ratio,
        ),
        "DISK_GB": Inventory(
            node.local_gb, min(reserved_disk_gb(conf) + images_gb, node.local_gb),
            max_unit=max(node.local_gb, 1),
            allocation_ratio=node.disk_allocation_ratio,
        ),
    }
    return {name: one for name, one in wanted.items() if one.total > 0}


class ProviderReport:
    """Keeps placement's view of this host's nodes; writes only what changed, and looks every
    [compute]resource_provider_association_refresh seconds whether others changed it."""

    def __init__(
        self, conf: cfg.ConfigOpts, clock: Clock, placement: PlacementService,
        additions: Additions | None = None,
    ) -> None:
        self._conf, self._clock = conf, clock
        self._placement = placement
        location = conf.compute.provider_config_location
        self._additions = read_additions(location) if additions is None else additions
        # By node and provider.
        self._told: dict[str, dict[str, Told]] = {}
        self._cards: dict[str, frozenset[str]] = {}
        self._looked_at: dict[str, float] = {}
        self._swept: set[str] = set()
        self._strangers = set(self._additions.by_name) - {EVERY_NODE}
        # Nodes whose disk is another provider's to give.
        self._without_disk: set[str] = set()

    def tell(
        self,
        context: RequestContext,
        node: ComputeNode,
        traits: frozenset[str],
        disabled: bool,
        cards: Mapping[str, CardProvider] | None = None,
        images_gb: int = 0,
    ) -> None:
        """Traits that others set (CUSTOM_ by an operator) stay.  `cards` None: devices
        are not reported."""
        self._look(context, node)
        status = frozenset({DISABLED} if disabled else ())
        wanted = Told(inventories_of(self._conf, node, images_gb), traits | status | NODE)
        self._tell_node(context, node, wanted)
        if cards is not None:
            self.tell_cards(context, node, cards)
        elif node.uuid not in self._swept:
            # What an earlier process told of is not here any more.
            self.tell_cards(context, node, {})
        self._swept.add(node.uuid)

    def tell_cards(
        self, context: RequestContext, node: ComputeNode, cards: Mapping[str, CardProvider]
    ) -> None:
        """Placement has to know the node already."""
        name = node.hypervisor_hostname
        wanted = {card_provider(name, address): card for address, card in cards.items()}
        for provider, card in wanted.items():
            told = Told(card.inventories, frozenset(card.traits | {OURS}))
            title = card.title(name)
            try:
                self._tell(context, provider, title, node.uuid, told)
            except InventoryInUse:
                LOG.warning("%s is offered as something else now, but a server has it", title)
            except ProviderNameTaken:
                self._take_over(context, provider, title, node.uuid, told)
        if self._cards.get(node.uuid) != frozenset(wanted):
            self._drop_cards(context, node, frozenset(wanted))
            self._cards[node.uuid] = frozenset(wanted)

    def _take_over(
        self, context: RequestContext, provider: str, name: str, parent: str, wanted: Told
    ) -> None:
        """From who told of the device under another id before this house did."""
        old = self._placement.providers.named(context, name)
        try:
            if old is not None:
                self._placement.providers.delete(context, old.id)
            self._tell(context, provider, name, parent, wanted)
        except ProviderInUse:
            LOG.warning("%s is in placement under another id, and a server has it", name)

    def warn_of_strangers(self) -> None:
        """Once, after all were told of that there are."""
        for name in sorted(self._strangers):
            LOG.warning("Provider %s, that provider configuration names, is not here", name)
        self._strangers = set()

    def _look(self, context: RequestContext, node: ComputeNode) -> None:
        """Forget what we told if it may not be so any more."""
        options, now = self._conf.compute, self._clock.monotonic()
        fresh = options.resource_provider_association_refresh or float("inf")
        looked = self._looked_at.get(node.uuid)
        if looked is not None and now - looked < fresh:
            return
        at_once = options.sharing_providers_max_uuids_per_request
        shared = disk_is_shared(context, self._placement, node.uuid, at_once)
        (self._without_disk.add if shared else self._without_disk.discard)(node.uuid)
        self._told.pop(node.uuid, None)
        self._cards.pop(node.uuid, None)
        self._looked_at[node.uuid] = now

    def _tell_node(self, context: RequestContext, node: ComputeNode, wanted: Told) -> None:
        if node.uuid in self._without_disk:
            others = {name: one for name, one in wanted.inventories.items() if name != DISK}
            try:
                self._tell(context, node.uuid, node.hypervisor_hostname, None,
                           replace(wanted, inventories=others))
                return
            except InventoryInUse:
                LOG.warning("Disk is shared with %s, but servers still have some of its own",
                            node.hypervisor_hostname)
                self._without_disk.discard(node.uuid)
        self._tell(context, node.uuid, node.hypervisor_hostname, None, wanted)

    def _tell(
        self, context: RequestContext, provider: str, name: str, parent: str | None, wanted: Told
    ) -> None:
        self._strangers -= {provider, name}
        wanted = wanted.plus(self._additions.of(provider, name, is_node=parent is None))
        told = self._told.setdefault(parent or provider, {})
        known = told.get(provider)
        if known == wanted:
            return
        self._placement.providers.ensure(context, provider, name, parent)
        if known is None or known.inventories != wanted.inventories:
            self._tell_inventories(context, provider, wanted)
        try:
            self._tell_traits(context, provider, wanted.traits)
        except GenerationConflict:
            # Somebody else changed them between our looking and our writing.
            self._tell_traits(context, provider, wanted.traits)
        told[provider] = wanted

    def _tell_inventories(
        self, context: RequestContext, provider: str, wanted: Told
    ) -> None:
        there = self._placement.facts.inventories(context, provider).inventories
        final = {name: self._kept(name, one, there[name], wanted.traits) if name in there else one
                 for name, one in wanted.inventories.items()}
        if final != there:
            self._placement.facts.set_inventories(context, provider, final)

    def _kept(
        self, name: str, wanted: Inventory, there: Inventory, traits: frozenset[str]
    ) -> Inventory:
        """What others decide stays as placement has it: ratios that no option fixes; what was
        for one time, and was used, until an operator gives it free."""
        if name in FIXED and not self._conf[FIXED[name]]:
            wanted = replace(wanted, allocation_ratio=there.allocation_ratio)
        if ONCE in traits:
            wanted = replace(wanted, reserved=min(max(wanted.reserved, there.reserved),
                                                  wanted.total))
        return wanted

    def _drop_cards(
        self, context: RequestContext, node: ComputeNode, wanted: frozenset[str]
    ) -> None:
        """Providers of cards that are not offered any more; one that a server has stays."""
        name = node.hypervisor_hostname
        for one in self._placement.providers.tree(context, node.uuid):
            address = one.name.removeprefix(f"{name}_").lower()
            if one.id in wanted or one.id != card_provider(name, address):
                continue
            try:
                self._placement.providers.delete(context, one.id)
                self._told.get(node.uuid, {}).pop(one.id, None)
            except (ProviderInUse, InventoryInUse):
                LOG.warning("%s is not offered any more, but a server has it", one.name)

    def _tell_traits(
        self, context: RequestContext, provider: str, wanted: frozenset[str]
    ) -> None:
        there = self._placement.facts.traits(context, provider)
        ours = {t for t in there.traits if t.startswith(("COMPUTE_", "HW_"))}
        final = frozenset((there.traits - ours) | wanted)
        if final != there.traits:
            self._placement.facts.set_traits(context, provider, final, there.generation)
