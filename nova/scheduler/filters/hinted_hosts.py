"""Hints to be with, or apart from, named servers."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

DIFFERENT, SAME = "different_host", "same_host"


class DifferentHostFilter(Filter):
    def check(self, request: Request) -> Check | None:
        hosts = _hosts_of(request, DIFFERENT)
        if not hosts:
            return None
        refused = Refusal("a server to be apart from is on it", ", ".join(request.hints[DIFFERENT]))

        def check(host: HostState) -> Refusal | None:
            return refused if host.host in hosts else None

        return check


class SameHostFilter(Filter):
    def check(self, request: Request) -> Check | None:
        if not request.hints.get(SAME):
            return None
        hosts = _hosts_of(request, SAME)
        refused = Refusal("no server to be with is on it", ", ".join(request.hints[SAME]))

        def check(host: HostState) -> Refusal | None:
            return None if host.host in hosts else refused

        return check


def _hosts_of(request: Request, hint: str) -> set[str]:
    servers = request.hints.get(hint) or ()
    return {request.neighbours[uuid] for uuid in servers if uuid in request.neighbours}
