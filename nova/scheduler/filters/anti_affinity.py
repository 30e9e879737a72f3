"""Members of an anti-affinity group stay apart."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import GroupView, Request


class ServerGroupAntiAffinityFilter(Filter):
    every_server = True
    binding = True

    def check(self, request: Request) -> Check | None:
        group = request.group
        if group is None or group.policy != "anti-affinity":
            return None
        own, counts, limit = group.members.get(request.server), group.counts(), group.limit

        def check(host: HostState) -> Refusal | None:
            there = counts.get(host.host, 0)
            if there < limit or host.host == own:
                return None
            return _refusal(group, limit, there)

        return check


def _refusal(group: GroupView, limit: int, there: int) -> Refusal:
    return Refusal(f"enough members of server group {group.uuid} are on it",
                   asked=f"fewer than {limit}", free=there)
