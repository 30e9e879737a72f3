"""Extra specs that an aggregate of the host must set."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.operators import matches
from nova.scheduler.request import Request

SCOPE = "aggregate_instance_extra_specs"


class AggregateInstanceExtraSpecsFilter(Filter):
    """Also keys without any scope are meant for aggregates."""

    looks_at = "metadata"

    def check(self, request: Request) -> Check | None:
        wanted = {_key(key): value for key, value in request.extra_specs.items() if _key(key)}
        if not wanted:
            return None

        def check(host: HostState) -> Refusal | None:
            for key, value in wanted.items():
                found = host.values(key)
                if not any(matches(one, value) for one in found):
                    return Refusal(f"no aggregate of it sets {key} as the flavor wants", value,
                                   ", ".join(sorted(found)) or None)
            return None

        return check


def _key(extra_spec: str) -> str:
    """The metadata key an extra spec is about; empty when it is about something else."""
    scope, colon, rest = extra_spec.partition(":")
    if not colon:
        return extra_spec
    return rest if scope == SCOPE else ""
