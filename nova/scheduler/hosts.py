"""Hosts as filters and weighers see them: frozen, with the names operators know.

The fields of `HostState` are what `capabilities:` extra specs and the JSON
query hint may name, so they are part of the contract.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler import numa, pci

NOTHING: Mapping[Any, Any] = MappingProxyType({})
# The numbers that are looked at in every decision: those of a frozen host in the order they
# are packed, and then the one that goes on.
FROZEN = (
    "free_ram_mb", "free_vcpus", "free_disk_mb", "num_io_ops", "num_instances", "failed_builds",
    "hypervisor_version", "free_pci_devices", "in_aggregates",
)
NUMBERS = (*FROZEN, "up_since")
# Attributes that many hosts have alike, so that what depends on one alone is asked once.
KINDS = ("metadata", "supported_instances", "aggregates")
_PACKER = struct.Struct(f"{len(FROZEN)}d")


@dataclass(slots=True)
class ServiceView:
    """The compute service of a host.  `seen` is its last report: it changes in place, because
    all of them do every few seconds, while the rest stays."""

    disabled: bool = False
    forced_down: bool = False
    seen: datetime | None = None
    version: int = 0

    def says(self, disabled: bool, forced_down: bool, version: int) -> bool:
        """Whether it differs from that in the last report at most."""
        return (self.disabled == disabled and self.forced_down == forced_down
                and self.version == version)

    @property
    def up_since(self) -> float:
        """The last report as a timestamp; -inf when it may not be used."""
        if self.seen is None or self.disabled or self.forced_down:
            return float("-inf")
        return self.seen.timestamp()


@dataclass(frozen=True, slots=True)
class Amounts:
    """What one server takes of a host: VCPUs, MiB, MiB of disk, PCI devices, NUMA cells.
    `providers` are those of its devices, once a way is chosen that names them."""

    vcpus: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    devices: tuple[pci.DeviceWish, ...] = ()
    topology: numa.GuestTopology | None = None
    providers: pci.Providers = ()

    @property
    def of_flavor(self) -> tuple[pci.DeviceWish, ...]:
        return tuple(wish for wish in self.devices if not wish.port)

    @property
    def of_ports(self) -> tuple[pci.DeviceWish, ...]:
        return tuple(wish for wish in self.devices if wish.port)

    def by(self, way: AllocationRequest) -> "Amounts":
        """The same, of a host where it goes this way."""
        if not self.of_flavor:
            return self
        return replace(self, providers=pci.providers_of(way, self.devices))


@dataclass(frozen=True, slots=True)
class HostState:
    """One node of a host, at one moment.

    Sizes are MiB unless named `_gb`.  `metadata` maps each key that any
    aggregate of the host sets to all its values; `zone` is the availability
    zone.  `images` counts image properties of the servers on the host:
    {(name, value): servers} (kept only when a weigher needs it).  `packed` are
    the FROZEN numbers as doubles: thousands of hosts are joined to columns at once.
    """

    uuid: str
    host: str
    nodename: str
    cell_uuid: str
    zone: str | None = None
    service: ServiceView = field(default_factory=ServiceView)
    updated: datetime | None = None
    host_ip: str | None = None
    hypervisor_type: str = ""
    hypervisor_version: int = 0
    hypervisor_hostname: str = ""
    cpu_info: Any = None
    supported_instances: tuple[tuple[str, ...], ...] = ()
    total_usable_ram_mb: int = 0
    total_usable_disk_gb: int = 0
    free_ram_mb: int = 0
    free_disk_mb: int = 0
    disk_mb_used: int = 0
    vcpus_total: int = 0
    vcpus_used: int = 0
    num_instances: int = 0
    num_io_ops: int = 0
    failed_builds: int = 0
    cpu_allocation_ratio: float = 1.0
    ram_allocation_ratio: float = 1.0
    disk_allocation_ratio: float = 1.0
    aggregates: tuple[str, ...] = ()
    metadata: Mapping[str, frozenset[str]] = field(default_factory=lambda: NOTHING)
    stats: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    metrics: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    pci_pools: tuple[Mapping[str, Any], ...] = ()
    numa_topology: Any = None
    numa_cells: tuple[numa.HostCell, ...] = ()
    images: Mapping[tuple[str, str], int] = field(default_factory=lambda: NOTHING)
    packed: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        numbers = (getattr(self, name) for name in FROZEN)
        object.__setattr__(self, "packed", _PACKER.pack(*numbers))

    @property
    def free_vcpus(self) -> float:
        return self.vcpus_total * self.cpu_allocation_ratio - self.vcpus_used

    @property
    def up_since(self) -> float:
        return self.service.up_since

    @property
    def in_aggregates(self) -> bool:
        """Whether an aggregate says something about it."""
        return bool(self.metadata)

    @property
    def free_pci_devices(self) -> int:
        return sum(int(pool.get("count", 0)) for pool in self.pci_pools)

    def after(self, taken: Amounts, servers: int = 1) -> "HostState":
        """The host once a server of this size is being built there (-1: no longer is)."""
        return replace(
            self,
            free_ram_mb=self.free_ram_mb - servers * taken.memory_mb,
            free_disk_mb=self.free_disk_mb - servers * taken.disk_mb,
            disk_mb_used=self.disk_mb_used + servers * taken.disk_mb,
            vcpus_used=self.vcpus_used + servers * taken.vcpus,
            num_instances=self.num_instances + servers,
            num_io_ops=self.num_io_ops + servers,
            pci_pools=self._pools_after(taken, servers),
            numa_cells=self._cells_after(taken, servers),
        )

    @property
    def ratios(self) -> numa.Ratios:
        return numa.Ratios(self.cpu_allocation_ratio, self.ram_allocation_ratio)

    def _cells_after(self, taken: Amounts, servers: int) -> tuple[numa.HostCell, ...]:
        """Cells are not given back: a plan that withdrew a server goes on with less than
        there is, and the next plan starts from what the host reported."""
        if taken.topology is None or servers < 0:
            return self.numa_cells
        near = taken.devices and numa.fit_near(
            taken.topology, self.numa_cells, self.ratios, self._pools_of(taken), taken.devices
        )
        return numa.taken(taken.topology, self.numa_cells, self.ratios, near or None)

    def _pools_of(self, taken: Amounts) -> tuple[Mapping[str, Any], ...]:
        """Those that its devices come from, as far as that is known."""
        if not taken.providers:
            return self.pci_pools
        known = pci.of_providers(self.pci_pools, taken.providers, taken.devices)
        return self.pci_pools if known is None else known

    def _pools_after(self, taken: Amounts, servers: int) -> tuple[Mapping[str, Any], ...]:
        if not taken.devices:
            return self.pci_pools
        change = pci.without if servers > 0 else pci.with_back
        known = pci.moved(self.pci_pools, taken.providers, servers) if taken.providers else None
        if known is not None:
            return change(known, taken.of_ports)
        return change(self.pci_pools, taken.devices)

    def values(self, key: str) -> frozenset[str]:
        """The values of a metadata key over the aggregates, comma separated lists cut up."""
        found = self.metadata.get(key, ())
        return frozenset(word.strip() for value in found for word in value.split(","))

    def least(self, key: str, fallback: float) -> float:
        """The smallest number the aggregates set for a key; unset or unreadable: `fallback`."""
        found = self.metadata.get(key)
        if not found:
            return fallback
        try:
            return min(float(value) for value in found)
        except ValueError:
            return fallback
