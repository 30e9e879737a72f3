"""Hosts kept for some images, and images kept to some hosts."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

KEPT = Refusal("it is kept for isolated images")
ELSEWHERE = Refusal("the image is isolated to other hosts")


class IsolatedHostsFilter(Filter):
    on_rebuild = True

    def check(self, request: Request) -> Check | None:
        options = self.conf.filter_scheduler
        hosts = frozenset(options.isolated_hosts)
        restrict = options.restrict_isolated_hosts_to_isolated_images
        isolated = request.image_id in options.isolated_images

        def check(host: HostState) -> Refusal | None:
            if isolated:
                return None if host.host in hosts else ELSEWHERE
            return KEPT if restrict and host.host in hosts else None

        return check if isolated or (restrict and hosts) else None
