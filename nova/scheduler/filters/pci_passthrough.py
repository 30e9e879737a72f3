"""The host must have the PCI devices that the flavor asks for."""

from collections.abc import Sequence

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler import pci
from nova.scheduler.filters.contract import Check, Filter, Refusal, WayCheck
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

OTHERS = Refusal("its PCI devices are others than placement knows of")


class PciPassthroughFilter(Filter):
    """With `pci_in_placement` placement names only hosts that have some free; what is left to
    see is whether those that it means are such as the flavor asks for.  Of devices that are
    ports placement knows nothing."""

    every_server = True

    def check(self, request: Request) -> Check | None:
        by_way = self.conf.filter_scheduler.pci_in_placement
        wished = request.taken.of_ports if by_way else request.taken.devices
        if not wished:
            return None
        return lambda host: _missing(host.pci_pools, wished)

    def way(self, request: Request) -> tuple[WayCheck, Refusal] | None:
        wished = request.taken.of_flavor
        if not wished or not self.conf.filter_scheduler.pci_in_placement:
            return None

        def check(host: HostState, way: AllocationRequest) -> bool:
            pools = pci.of_way(host.pci_pools, way, wished)
            return pools is None or _missing(pools, wished) is None

        return check, OTHERS


def _missing(pools: Sequence[pci.Pool], wished: Sequence[pci.DeviceWish]) -> Refusal | None:
    for wish in wished:
        free = pci.available(pools, wish)
        if free < wish.count:
            return Refusal(f"not enough PCI devices {wish.alias}", wish.count, free)
        pools = pci.without(pools, [wish])
    return None
