"""Members of an affinity group stay together."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


class ServerGroupAffinityFilter(Filter):
    every_server = True
    binding = True

    def check(self, request: Request) -> Check | None:
        group = request.group
        if group is None or group.policy != "affinity":
            return None
        # A server that moves does not hold itself back.
        hosts = {host for server, host in group.members.items() if server != request.server}
        if not hosts:
            return None
        refused = Refusal(f"the members of server group {group.uuid} are elsewhere",
                          asked=", ".join(sorted(hosts)))

        def check(host: HostState) -> Refusal | None:
            return None if host.host in hosts else refused

        return check
