"""More free room is better."""

from collections.abc import Sequence

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class RAMWeigher(Weigher):
    option = "ram_weight_multiplier"
    lowest = 0.0

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.free_ram_mb for host in hosts]


class CPUWeigher(Weigher):
    option = "cpu_weight_multiplier"
    lowest = 0.0

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.vcpus_total * host.cpu_allocation_ratio - host.vcpus_used for host in hosts]


class DiskWeigher(Weigher):
    option = "disk_weight_multiplier"
    lowest = 0.0

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.free_disk_mb for host in hosts]
