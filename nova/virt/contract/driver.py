"""A driver: what one hypervisor can do, as a list of capabilities.

None means that it cannot, and is answered with "not supported" in one place,
before anything happened.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nova.virt.contract.addresses import Addresses
from nova.virt.contract.agent import Agent
from nova.virt.contract.console import Console, Screen
from nova.virt.contract.crash_dump import CrashDump
from nova.virt.contract.diagnostics import Diagnostics
from nova.virt.contract.events import Events
from nova.virt.contract.host_cpu import HostCpu
from nova.virt.contract.hotplug import Hotplug
from nova.virt.contract.images import Images
from nova.virt.contract.inventory import Inventory
from nova.virt.contract.leftovers import Leftovers
from nova.virt.contract.ports import Ports
from nova.virt.contract.power import Power
from nova.virt.contract.rebuild import Rebuild
from nova.virt.contract.rescue import Rescue
from nova.virt.contract.snapshot import Snapshots
from nova.virt.contract.spawn import Spawn


def nothing_to_close() -> None:
    """For drivers that hold nothing."""


@dataclass(frozen=True)
class Driver:
    """`close` ends what the driver runs in the background; guests stay."""

    name: str
    inventory: Inventory
    power: Power
    spawn: Spawn
    events: Events | None = None
    console: Console | None = None
    addresses: Addresses | None = None
    images: Images | None = None
    vnc: Screen | None = None
    spice: Screen | None = None
    serial: Screen | None = None
    rebuild: Rebuild | None = None
    rescue: Rescue | None = None
    snapshots: Snapshots | None = None
    agent: Agent | None = None
    crash_dump: CrashDump | None = None
    diagnostics: Diagnostics | None = None
    hotplug: Hotplug | None = None
    host_cpu: HostCpu | None = None
    leftovers: Leftovers | None = None
    ports: Ports | None = None
    close: Callable[[], None] = nothing_to_close

    def traits(self, node: str) -> frozenset[str]:
        """All traits of the node: of its hardware, and of what is here."""
        return self.inventory.facts(node).traits | self.capability_traits()

    def capability_traits(self) -> frozenset[str]:
        """Those that follow from which capabilities there are."""
        return frozenset().union(
            *(traits for field, traits in TRAITS.items() if getattr(self, field) is not None)
        )


TRAITS: dict[str, frozenset[str]] = {
    "hotplug": frozenset(
        {"COMPUTE_NET_ATTACH_INTERFACE", "COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG"}
    ),
    "addresses": frozenset({"COMPUTE_DEVICE_TAGGING"}),
    "rescue": frozenset({"COMPUTE_RESCUE_BFV"}),
    "images": frozenset({"COMPUTE_TRUSTED_CERTS"}),
}
