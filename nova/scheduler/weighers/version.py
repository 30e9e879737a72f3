"""Newer hypervisors come first."""

from collections.abc import Sequence

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class HypervisorVersionWeigher(Weigher):
    option = "hypervisor_version_weight_multiplier"

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.hypervisor_version for host in hosts]
