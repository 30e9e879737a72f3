"""Which hosts will do: restrictions, then filters, and a verdict for each that will not."""

from collections.abc import Iterable, Sequence

from nova.scheduler.explain import Verdict
from nova.scheduler.filters import Check, Filter
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

NamedCheck = tuple[str, Check]


def checks_of(
    filters: Iterable[Filter], request: Request, *, every_server: bool
) -> list[NamedCheck]:
    """The checks that this request needs, of filters that run once or for every server."""
    found: list[NamedCheck] = []
    if request.forced:
        return found
    for filter_ in filters:
        asked = filter_.on_rebuild or not request.rebuild
        check = filter_.check(request) if asked and filter_.every_server == every_server else None
        if check is not None:
            found.append((filter_.name, check))
    return found


def sifted(
    hosts: Sequence[HostState], checks: Iterable[NamedCheck]
) -> tuple[list[HostState], list[Verdict]]:
    """(hosts that pass all checks, the first check each other one failed)"""
    left, verdicts = list(hosts), list[Verdict]()
    for name, check in checks:
        passed: list[HostState] = []
        for host in left:
            refusal = check(host)
            if refusal is None:
                passed.append(host)
            else:
                verdicts.append(Verdict(host, name, refusal))
        left = passed
    return left, verdicts
