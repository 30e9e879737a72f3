"""Several scheduling policies at once: other filters and weights for some hosts or flavors.

[scheduling]policies names them, foremost first.  Each host is judged by the first
policy whose flavors, zones and aggregates (those it names) suit the request and the
host; by [filter_scheduler] when none does.  A policy that names nothing suits all.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import numpy as np
from oslo_config import cfg

from nova.clients.placement.contract import AllocationRequest
from nova.conf.dynamic import policy_section
from nova.objects.cloud import Aggregate
from nova.scheduler.field import Field, Indices
from nova.scheduler.filters import Check, Refusal, WayCheck
from nova.scheduler.hosts import HostState
from nova.scheduler.judges import Judges, Judging
from nova.scheduler.loading import binding_filters, enabled_filters, weighers
from nova.scheduler.ranking import Choice, Weighed
from nova.scheduler.request import Request
from nova.scheduler.sifting import Test, WayTest

Aggregates = Callable[[], Iterable[Aggregate]]
DEFAULT = "filter_scheduler"


def judges(conf: cfg.ConfigOpts, aggregates: Aggregates) -> Judging:
    """As configured.  Raises ConfigurationFailure."""
    usual = _judges(conf)
    policies = [_policy(conf, name) for name in conf.scheduling.policies]
    return Council(usual, policies, aggregates) if policies else usual


def _judges(conf: Any) -> Judges:
    options = conf.filter_scheduler
    choice = Choice(options.host_subset_size, options.shuffle_best_same_weighed_hosts)
    enabled = enabled_filters(conf)
    names = {one.name for one in enabled}
    binding = (one for one in binding_filters(conf) if one.name not in names)
    return Judges((*enabled, *binding), weighers(conf), choice)


@dataclass(frozen=True)
class Policy:
    """`flavors` are patterns of names; empty lists ask for nothing."""

    name: str
    judges: Judges
    flavors: Sequence[str] = ()
    zones: frozenset[str] = frozenset()
    aggregates: frozenset[str] = frozenset()

    def concerns(self, request: Request) -> bool:
        name = request.flavor.name
        return not self.flavors or any(fnmatchcase(name, one) for one in self.flavors)

    def covers(self, host: HostState, named: frozenset[str]) -> bool:
        """`named` are the uuids of the policy's aggregates."""
        in_zone = not self.zones or host.zone in self.zones
        return in_zone and (not self.aggregates or bool(named & {*host.aggregates}))


def _policy(conf: cfg.ConfigOpts, name: str) -> Policy:
    section = policy_section(name)
    section.register(conf)
    own = conf[section.name]
    return Policy(
        name=name,
        judges=_judges(Overlaid(conf, own)),
        flavors=tuple(own.flavors),
        zones=frozenset(own.availability_zones),
        aggregates=frozenset(own.aggregates),
    )


class Overlaid:
    """The configuration as a policy sees it: its own options over [filter_scheduler]."""

    def __init__(self, conf: cfg.ConfigOpts, own: Any) -> None:
        self._conf = conf
        self._options = _Options(conf.filter_scheduler, own)

    def __getattr__(self, group: str) -> Any:
        return self._options if group == DEFAULT else getattr(self._conf, group)

    def __getitem__(self, group: str) -> Any:
        return self._options if group == DEFAULT else self._conf[group]


class _Options:
    def __init__(self, usual: Any, own: Any) -> None:
        self._usual, self._own = usual, own

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def __getitem__(self, name: str) -> Any:
        value = self._own[name]
        return self._usual[name] if value is None else value


class Council:
    """Judges of several policies, each for its own hosts."""

    def __init__(
        self, usual: Judges, policies: Sequence[Policy], aggregates: Aggregates
    ) -> None:
        self._policies, self._aggregates = policies, aggregates
        self._all = (*(policy.judges for policy in policies), usual)

    def tests(self, request: Request, *, every_server: bool) -> list[Test]:
        whose = self._whose(request)
        return [
            _only_of(number, whose, test)
            for number, one in enumerate(self._all)
            for test in one.tests(request, every_server=every_server)
        ]

    def ways(self, request: Request) -> list[WayTest]:
        whose = self._whose(request)
        return [
            WayTest(test.name, partial(_way_check, number, whose, test.check), test.refusal)
            for number, one in enumerate(self._all)
            for test in one.ways(request)
        ]

    def weigh(self, request: Request, field: Field) -> Weighed:
        """Each weigher's scale is over all hosts, so that what two policies say of a host can
        be compared; multipliers are the host's own policy's."""
        mine = _numbers(field, self._whose(request))
        total, parts = np.zeros(len(field)), dict[str, Any]()
        for number in np.unique(mine).tolist():
            weighed, where = self._all[number].weigh(request, field), mine == number
            total[where] = weighed.scores[where]
            for name, part in weighed.parts:
                parts.setdefault(name, np.zeros(len(field)))[where] = part[where]
        return Weighed(field, total, list(parts.items()))

    def order(
        self, request: Request, weighed: Weighed, count: int, rng: random.Random
    ) -> list[int]:
        """As the policy of the best host has it."""
        best = weighed.field.host(weighed.foremost(1)[0])
        return self._all[self._whose(request)(best)].order(request, weighed, count, rng)

    def _whose(self, request: Request) -> Callable[[HostState], int]:
        """The number of the judges of a host."""
        known = tuple(self._aggregates())
        mine = [
            (number, policy, _uuids(policy.aggregates, known))
            for number, policy in enumerate(self._policies) if policy.concerns(request)
        ]
        usual = len(self._policies)

        def whose(host: HostState) -> int:
            found = (number for number, policy, named in mine if policy.covers(host, named))
            return next(found, usual)

        return whose


def _uuids(wanted: frozenset[str], known: Iterable[Aggregate]) -> frozenset[str]:
    return frozenset(one.uuid for one in known if {one.name, one.uuid} & wanted)


def _numbers(field: Field, whose: Callable[[HostState], int]) -> Indices:
    """Zones are aggregates, so that hosts of the same aggregates have the same judges."""
    found: Indices = field.for_each("aggregates", whose)
    return found


def _only_of(number: int, whose: Callable[[HostState], int], test: Test) -> Test:
    """The test, passed by hosts that others judge."""
    check = partial(_check, number, whose, test.check)
    if test.passing is None:
        return Test(test.name, check)
    passing = test.passing
    return Test(test.name, check, lambda field: (_numbers(field, whose) != number) | passing(field))


def _check(
    number: int, whose: Callable[[HostState], int], check: Check, host: HostState
) -> Refusal | None:
    return check(host) if whose(host) == number else None


def _way_check(
    number: int, whose: Callable[[HostState], int], check: WayCheck, host: HostState,
    way: AllocationRequest,
) -> bool:
    return whose(host) != number or check(host, way)
