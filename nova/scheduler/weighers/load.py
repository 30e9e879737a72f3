"""How busy a host is, how full, and how often building on it failed."""

from collections.abc import Sequence

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class IoOpsWeigher(Weigher):
    option = "io_ops_weight_multiplier"

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.num_io_ops for host in hosts]


class NumInstancesWeigher(Weigher):
    option = "num_instances_weight_multiplier"

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.num_instances for host in hosts]


class BuildFailureWeigher(Weigher):
    """The multiplier is written as a positive number and works against the host."""

    option = "build_failure_weight_multiplier"
    sign = -1.0

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [host.failed_builds for host in hosts]
