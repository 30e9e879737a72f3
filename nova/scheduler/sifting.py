"""Which hosts will do: restrictions, then filters, and a verdict for each that will not."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nova.scheduler.explain import Verdict
from nova.scheduler.field import Field, Mask
from nova.scheduler.filters import Check, Filter, Refusal, Sieve, WayCheck
from nova.scheduler.request import Request

# The host reported anew between the two looks at it.
CHANGED = Refusal("it changed meanwhile")


@dataclass(frozen=True)
class Test:
    """A check under the name it is explained by; `passing` when there is a faster way."""

    name: str
    check: Check
    passing: Sieve | None = None

    def run(self, field: Field) -> tuple[Field, list[Verdict]]:
        """(what passed, verdicts of the others); the same field when all passed."""
        mask = self._passed(field)
        if mask.all():
            return field, []
        failed = (field.host(index) for index in np.flatnonzero(~mask).tolist())
        judged = ((host, self.check(host)) for host in failed)
        verdicts = [Verdict(host, self.name, refusal or CHANGED) for host, refusal in judged]
        return field.only(mask), verdicts

    def _passed(self, field: Field) -> Mask:
        if self.passing is not None:
            return self.passing(field)
        check = self.check
        return np.array([check(host) is None for host in field.hosts], dtype=bool)


@dataclass(frozen=True)
class WayTest:
    """A check of the ways that placement offers; `refusal` where none of a host will do."""

    name: str
    check: WayCheck
    refusal: Refusal


def way_tests_of(filters: Iterable[Filter], request: Request) -> list[WayTest]:
    """Who names the host itself is asked nothing, as with other tests."""
    if request.forced or request.rebuild:
        return []
    asked = ((one.name, one.way(request)) for one in filters)
    return [WayTest(name, *found) for name, found in asked if found is not None]


def tests_of(filters: Iterable[Filter], request: Request, *, every_server: bool) -> list[Test]:
    """What filters that run once, or for every server, have to ask of this request."""
    found: list[Test] = []
    for filter_ in filters:
        if request.forced and not filter_.binding:
            continue
        asked = filter_.on_rebuild or not request.rebuild
        check = filter_.check(request) if asked and filter_.every_server == every_server else None
        if check is not None:
            found.append(Test(filter_.name, check, filter_.passing(request, check)))
    return found


def sifted(field: Field, tests: Iterable[Test]) -> tuple[Field, list[Verdict]]:
    """(hosts that pass all tests, the first test each other one failed)"""
    verdicts: list[Verdict] = []
    for test in tests:
        field, refused = test.run(field)
        verdicts += refused
    return field, verdicts
