"""What placement is told of a node: its provider, inventories and traits."""

from oslo_config import cfg

from nova.clients.placement.contract import (
    GenerationConflict,
    Inventory,
    PlacementService,
)
from nova.compute.inventory.nodes import reserved_disk_gb
from nova.context import RequestContext
from nova.objects.host import ComputeNode

DISABLED = "COMPUTE_STATUS_DISABLED"


def inventories_of(conf: cfg.ConfigOpts, node: ComputeNode) -> dict[str, Inventory]:
    """Totals, reserves and ratios by resource class; a class of nothing is left out."""
    wanted = {
        "VCPU": Inventory(
            node.vcpus, conf.reserved_host_cpus, max_unit=max(node.vcpus, 1),
            allocation_ratio=node.cpu_allocation_ratio,
        ),
        "MEMORY_MB": Inventory(
            node.memory_mb, conf.reserved_host_memory_mb, max_unit=max(node.memory_mb, 1),
            allocation_ratio=node.ram_allocation_ratio,
        ),
        "DISK_GB": Inventory(
            node.local_gb, reserved_disk_gb(conf), max_unit=max(node.local_gb, 1),
            allocation_ratio=node.disk_allocation_ratio,
        ),
    }
    return {name: one for name, one in wanted.items() if one.total > 0}


class ProviderReport:
    """Keeps placement's view of this host's nodes; writes only what changed."""

    def __init__(self, conf: cfg.ConfigOpts, placement: PlacementService) -> None:
        self._conf = conf
        self._placement = placement
        self._told: dict[str, tuple[dict[str, Inventory], frozenset[str]]] = {}

    def tell(
        self, context: RequestContext, node: ComputeNode, traits: frozenset[str], disabled: bool
    ) -> None:
        """Traits that others set (CUSTOM_ by an operator) stay."""
        wanted = traits | ({DISABLED} if disabled else frozenset())
        inventories = inventories_of(self._conf, node)
        if self._told.get(node.uuid) == (inventories, wanted):
            return
        self._placement.providers.ensure(context, node.uuid, node.hypervisor_hostname)
        if node.uuid not in self._told or self._told[node.uuid][0] != inventories:
            self._placement.facts.set_inventories(context, node.uuid, inventories)
        try:
            self._tell_traits(context, node.uuid, wanted)
        except GenerationConflict:
            # Somebody else changed them between our looking and our writing.
            self._tell_traits(context, node.uuid, wanted)
        self._told[node.uuid] = (inventories, wanted)

    def _tell_traits(
        self, context: RequestContext, provider: str, wanted: frozenset[str]
    ) -> None:
        there = self._placement.facts.traits(context, provider)
        ours = {t for t in there.traits if t.startswith(("COMPUTE_", "HW_"))}
        final = frozenset((there.traits - ours) | wanted)
        if final != there.traits:
            self._placement.facts.set_traits(context, provider, final, there.generation)
