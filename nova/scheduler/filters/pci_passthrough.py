"""The host must have the PCI devices that the flavor asks for."""

from nova.scheduler import pci
from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


class PciPassthroughFilter(Filter):
    """Nothing to check with `pci_in_placement`: placement names only hosts that have them."""

    every_server = True

    def check(self, request: Request) -> Check | None:
        wished = request.taken.devices
        if not wished or self.conf.filter_scheduler.pci_in_placement:
            return None

        def check(host: HostState) -> Refusal | None:
            pools = host.pci_pools
            for wish in wished:
                free = pci.available(pools, wish)
                if free < wish.count:
                    return Refusal(f"not enough PCI devices {wish.alias}", wish.count, free)
                pools = pci.without(pools, [wish])
            return None

        return check
