"""Hosts that have, or are building, enough servers already."""

from typing import ClassVar

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


class _Below(Filter):
    """The number of something on a host must be below an option."""

    every_server = True
    attribute: ClassVar[str]
    option: ClassVar[str]
    reason: ClassVar[str]

    def limit(self, host: HostState) -> float:
        return float(self.conf.filter_scheduler[self.option])

    def check(self, request: Request) -> Check | None:
        def check(host: HostState) -> Refusal | None:
            have, limit = getattr(host, self.attribute), self.limit(host)
            return None if have < limit else Refusal(self.reason, f"fewer than {limit:g}", have)

        return check


class _BelowInAggregate(_Below):
    """The lowest value among the host's aggregates comes before the option."""

    def limit(self, host: HostState) -> float:
        return host.least(self.option, super().limit(host))


class IoOpsFilter(_Below):
    attribute = "num_io_ops"
    option = "max_io_ops_per_host"
    reason = "it is busy with too many servers"


class AggregateIoOpsFilter(_BelowInAggregate, IoOpsFilter):
    pass


class NumInstancesFilter(_Below):
    attribute = "num_instances"
    option = "max_instances_per_host"
    reason = "it has too many servers"


class AggregateNumInstancesFilter(_BelowInAggregate, NumInstancesFilter):
    pass
