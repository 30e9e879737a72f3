"""Accepts every host."""

from nova.scheduler.filters.contract import Check, Filter
from nova.scheduler.request import Request


class AllHostsFilter(Filter):
    def check(self, request: Request) -> Check | None:
        return None
