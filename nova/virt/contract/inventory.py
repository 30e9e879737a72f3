"""What the host has and can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nova.virt.contract.mdev import MdevParent
from nova.virt.contract.numa import HostCell
from nova.virt.contract.parts import HostPart
from nova.virt.contract.pci import PciDevice


@dataclass(frozen=True)
class HostFacts:
    """One node, as the hypervisor sees it.

    Sizes are totals before any ratio or reserve: `memory_mb` in MiB, `disk_gb`
    in GiB of the storage the disks of guests live on.  `*_used` is what is in
    use now, by anybody.  `disk_available_least_gb` is what would be free if all
    thin disks grew to their size.  `cpu_info` is a tree of JSON values: model,
    vendor, arch, features, topology {cells, sockets, cores, threads}.
    `supported_instances` are triples (architecture, hypervisor type, mode).
    `cells` are its memory nodes with all processors that are online, none: it does not
    tell; `pci_devices` all that could be given away, whoever they are for.  `storage`
    names where the disks of guests are: hosts with the same name see the same ones.
    `parts` are counted beside the node; `mdevs` is what mediated devices are cut from.
    """

    node: str
    hypervisor_type: str
    hypervisor_version: int
    vcpus: int
    memory_mb: int
    disk_gb: int
    vcpus_used: int = 0
    memory_mb_used: int = 0
    disk_gb_used: int = 0
    disk_available_least_gb: int | None = None
    cpu_info: Mapping[str, Any] = field(default_factory=dict)
    supported_instances: tuple[tuple[str, str, str], ...] = ()
    traits: frozenset[str] = frozenset()
    cells: tuple[HostCell, ...] = ()
    pci_devices: tuple[PciDevice, ...] = ()
    storage: str | None = None
    parts: tuple[HostPart, ...] = ()
    mdevs: tuple[MdevParent, ...] = ()


class Inventory(Protocol):
    def nodes(self) -> Sequence[str]:
        """The names of the nodes behind this driver; cheap."""

    def facts(self, node: str) -> HostFacts:
        """Cheap enough for every minute; what cannot change is asked for once.
        `traits` are those of the hardware and of what the hypervisor offers;
        `Driver.traits` adds those of the capabilities."""

    def uptime(self, node: str) -> str | None:
        """Like the command `uptime`; None when the node does not say."""

    def alive(self) -> bool:
        """Whether the hypervisor answers just now."""
