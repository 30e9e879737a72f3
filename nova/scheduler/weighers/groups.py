"""Server groups that would rather be together, or apart."""

from collections.abc import Sequence

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class ServerGroupSoftAffinityWeigher(Weigher):
    option = "soft_affinity_weight_multiplier"
    lowest = 0.0

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return _members(request, hosts, "soft-affinity")


class ServerGroupSoftAntiAffinityWeigher(Weigher):
    option = "soft_anti_affinity_weight_multiplier"
    highest = 0.0

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        found = _members(request, hosts, "soft-anti-affinity")
        return None if found is None else [-count for count in found]


def _members(
    request: Request, hosts: Sequence[HostState], policy: str
) -> Sequence[float] | None:
    group = request.group
    if group is None or group.policy != policy:
        return None
    counts = group.counts()
    return [counts.get(host.host, 0) for host in hosts]
