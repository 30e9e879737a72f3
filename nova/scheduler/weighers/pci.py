"""Hosts with few free PCI devices come first, so that rich ones stay free for who needs them."""

from collections.abc import Sequence

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher

MOST = 100


class PCIWeigher(Weigher):
    option = "pci_weight_multiplier"

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        if not any(host.pci_pools for host in hosts):
            return None
        return [MOST - min(_free(host), MOST - 1) for host in hosts]


def _free(host: HostState) -> int:
    return sum(int(pool.get("count", 0)) for pool in host.pci_pools)
