"""The cells of a guest must fit on cells of the host."""

from collections.abc import Sequence
from dataclasses import replace

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler import numa, pci
from nova.scheduler.filters.contract import Check, Filter, Refusal, WayCheck
from nova.scheduler.hosts import HostState
from nova.scheduler.numa.near import fit_near
from nova.scheduler.request import Request

NONE = Refusal("it tells nothing of its NUMA cells")
NO_THREADS = Refusal("its cores have one thread each", asked="hyperthreads")


class NUMATopologyFilter(Filter):
    """Looks at processors, memory, pages, and how near networks and PCI devices are."""

    every_server = True

    def check(self, request: Request) -> Check | None:
        guest = request.taken.topology
        if guest is None:
            return None
        # With `pci_in_placement` each way has devices of its own, but for ports.
        asked = request.taken
        by_way = self.conf.filter_scheduler.pci_in_placement
        devices = asked.of_ports if by_way else asked.devices

        def check(host: HostState) -> Refusal | None:
            if not host.numa_cells:
                return NONE
            threads = any(cell.hyperthreads for cell in host.numa_cells)
            if guest.threads == "require" and not threads:
                return NO_THREADS
            if numa.fit(guest, host.numa_cells, host.ratios) is None:
                return _far(guest, host) or _refusal(guest, host)
            if devices and fit_near(
                guest, host.numa_cells, host.ratios, host.pci_pools, devices
            ) is None:
                return _far_devices(devices)
            return None

        return check

    def way(self, request: Request) -> tuple[WayCheck, Refusal] | None:
        guest, devices = request.taken.topology, request.taken.devices
        if guest is None or not self.conf.filter_scheduler.pci_in_placement:
            return None
        if not request.taken.of_flavor:
            return None

        def check(host: HostState, way: AllocationRequest) -> bool:
            pools = pci.of_way(host.pci_pools, way, devices)
            return pools is None or fit_near(
                guest, host.numa_cells, host.ratios, pools, devices) is not None

        return check, _far_devices(devices)


def _far_devices(devices: Sequence[pci.DeviceWish]) -> Refusal:
    policies = ", ".join(f"{one.alias}: {one.policy}" for one in devices)
    return Refusal("its PCI devices are not near the memory that fits", asked=policies)


def _far(guest: numa.GuestTopology, host: HostState) -> Refusal | None:
    """The guest would fit, if it were not for its networks."""
    anywhere = replace(guest, networks=frozenset(), tunneled=False)
    if numa.fit(anywhere, host.numa_cells, host.ratios) is None:
        return None
    asked = [*sorted(guest.networks), *(["tunnels"] if guest.tunneled else [])]
    return Refusal("its networks are not near the memory that fits", asked=", ".join(asked))


def _refusal(guest: numa.GuestTopology, host: HostState) -> Refusal:
    asked = [f"{c.shared}+{c.pinned} CPUs, {c.memory_mb} MiB" for c in guest.cells]
    pages = "" if guest.pages is None else f" in {guest.pages} pages"
    free = [
        f"{len(c.shared)}+{len(c.free_dedicated)} CPUs, {c.memory_mb - c.memory_usage} MiB"
        for c in host.numa_cells
    ]
    return Refusal("its NUMA cells do not fit", "; ".join(asked) + pages, "; ".join(free))
