"""Server groups that would rather be together, or apart."""

from nova.scheduler.field import Field, Numbers, numbers
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class ServerGroupSoftAffinityWeigher(Weigher):
    option = "soft_affinity_weight_multiplier"

    def raw(self, request: Request, field: Field) -> Numbers | None:
        return _members(request, field, "soft-affinity")


class ServerGroupSoftAntiAffinityWeigher(Weigher):
    option = "soft_anti_affinity_weight_multiplier"

    def raw(self, request: Request, field: Field) -> Numbers | None:
        found = _members(request, field, "soft-anti-affinity")
        return None if found is None else -found


def _members(request: Request, field: Field, policy: str) -> Numbers | None:
    group = request.group
    if group is None or group.policy != policy:
        return None
    counts = group.counts()
    return numbers([counts.get(host.host, 0) for host in field.hosts])
