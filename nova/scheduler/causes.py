"""What in placement left no host: each thing that was asked for, asked for alone.

Placement says of a search that fits nothing only that.  So classes, traits and
aggregates are asked for one by one, and the sets of hosts tell the rest.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nova.clients.placement.contract import CandidateQuery, PlacementService, RequestGroup
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.scheduler.candidates import offer
from nova.scheduler.explain import FREE, PLACEMENT, TOTAL, Verdict
from nova.scheduler.filters import Refusal
from nova.scheduler.hosts import HostState

# Seconds for which an answer explains further failures: a storm of requests that fit nowhere
# must not become a storm of questions.
REMEMBERED = 10.0
TOGETHER = Refusal("it has each thing that is asked for, but not together")
Reasons = Mapping[frozenset[str], str]


@dataclass(frozen=True)
class Demand:
    """One thing that was asked for: `asked` is its name and amount, `refusal` what
    a host without it is told by."""

    cause: str
    asked: tuple[str, Any]
    query: CandidateQuery
    refusal: Callable[[HostState], Refusal]


@dataclass(frozen=True)
class Cause:
    """A demand and who meets it; `nodes` None: too many to be counted."""

    demand: Demand
    nodes: frozenset[str] | None
    emptied: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "cause": self.demand.cause, "asked": self.demand.asked[1],
            "hosts": None if self.nodes is None else len(self.nodes), "emptied": self.emptied,
        }


@dataclass
class Diagnosis:
    """Asks placement again after a search that found nothing; a call for each demand."""

    clock: Clock
    placement: PlacementService
    knows: Callable[[str], bool]
    _known: dict[tuple[str, str, int], tuple[float, frozenset[str] | None]] = field(
        default_factory=dict
    )

    def causes(
        self, context: RequestContext, query: CandidateQuery, reasons: Reasons
    ) -> list[Cause]:
        """In the order of asking.  Those that on their own, or at last together with those
        before them, left no host are marked."""
        amounts = [self._asked(context, one) for group in query.groups
                   for one in _amounts(query, group)]
        nowhere = {cause.demand.asked[0] for cause in amounts if cause.nodes == frozenset()}
        rest = _facts(_without(query, nowhere), reasons)
        return _marked([*amounts, *(self._asked(context, one) for one in rest)])

    def _asked(self, context: RequestContext, demand: Demand) -> Cause:
        return Cause(demand, self._nodes(context, demand))

    def _nodes(self, context: RequestContext, demand: Demand) -> frozenset[str] | None:
        key = (demand.cause, str(demand.query.groups), demand.query.limit)
        at, nodes = self._known.get(key, (float("-inf"), None))
        if self.clock.monotonic() - at < REMEMBERED:
            return nodes
        answer = self.placement.search.candidates(context, demand.query)
        whole = not demand.query.limit or len(answer.requests) < demand.query.limit
        nodes = frozenset(offer(answer, self.knows).ways) if whole else None
        if len(self._known) > 1000:
            self._known.clear()
        self._known[key] = self.clock.monotonic(), nodes
        return nodes

    def forget(self) -> None:
        self._known.clear()


def _marked(found: Sequence[Cause]) -> list[Cause]:
    if any(cause.nodes is not None and not cause.nodes for cause in found):
        return [replace(cause, emptied=cause.nodes == frozenset()) for cause in found]
    left: frozenset[str] | None = None
    for place, cause in enumerate(found):
        if cause.nodes is None:
            continue
        left = cause.nodes if left is None else left & cause.nodes
        if not left:
            return [*found[:place], replace(cause, emptied=True), *found[place + 1:]]
    return list(found)


def verdicts(causes: Sequence[Cause], hosts: Sequence[HostState]) -> list[Verdict]:
    """For each host the first demand that it does not meet."""
    counted = [(cause.demand, cause.nodes) for cause in causes if cause.nodes is not None]

    def first(host: HostState) -> Refusal:
        for demand, nodes in counted:
            if host.uuid not in nodes:
                return demand.refusal(host)
        return TOGETHER

    return [Verdict(host, PLACEMENT, first(host)) for host in hosts]


def _without(query: CandidateQuery, classes: Collection[str]) -> CandidateQuery:
    """What nobody has cannot be asked for together with a trait."""
    groups = (
        replace(group, resources={k: v for k, v in group.resources.items() if k not in classes})
        for group in query.groups
    )
    return replace(query, groups=tuple(groups))


def _facts(query: CandidateQuery, reasons: Reasons) -> Iterator[Demand]:
    """Traits and aggregates."""
    for group in query.groups:
        if group.resources:
            yield from _of_group(query, group, reasons)
    base = next((group for group in query.groups if group.resources), None)
    if base is not None:
        yield from _of_root(query, base)


def _alone(query: CandidateQuery, group: RequestGroup, **more: Any) -> CandidateQuery:
    """With one class, because placement finds nothing for nothing."""
    name, amount = next(iter(group.resources.items()))
    return CandidateQuery((RequestGroup({name: amount}, **more),), limit=query.limit)


def _amounts(query: CandidateQuery, group: RequestGroup) -> Iterator[Demand]:
    for name, amount in group.resources.items():
        alone = CandidateQuery((RequestGroup({name: amount}),), limit=query.limit)
        yield Demand(f"resource class {name}", (name, amount), alone, _short_of(name, amount))


def _short_of(name: str, amount: int) -> Callable[[HostState], Refusal]:
    """One server cannot have more than the whole host, whatever the ratio."""

    def refusal(host: HostState) -> Refusal:
        if name not in FREE:
            return Refusal(f"not enough {name}", amount)
        if amount > TOTAL[name](host):
            return Refusal(f"not enough {name} in all", amount, int(TOTAL[name](host)))
        return Refusal(f"not enough {name}", amount, int(FREE[name](host)))

    return refusal


def _of_group(query: CandidateQuery, group: RequestGroup, reasons: Reasons) -> Iterator[Demand]:
    for one in sorted(group.required):
        yield _lacks(one, _alone(query, group, required=frozenset({one})))
    for some in group.any_of:
        yield _lacks(" or ".join(sorted(some)), _alone(query, group, any_of=(some,)))
    for one in sorted(group.forbidden):
        yield _has(one, _alone(query, group, forbidden=frozenset({one})))
    for members in group.member_of:
        reason = reasons.get(members, "hosts of certain aggregates")
        yield _outside(reason, _alone(query, group, member_of=(members,)))
    if group.not_member_of:
        reason = reasons.get(group.not_member_of, "hosts outside of certain aggregates")
        yield _outside(reason, _alone(query, group, not_member_of=group.not_member_of))
    if group.in_tree:
        yield _outside("the node that was named", _alone(query, group, in_tree=group.in_tree))


def _of_root(query: CandidateQuery, base: RequestGroup) -> Iterator[Demand]:
    alone = _alone(query, base)
    for one in sorted(query.root_required):
        yield _lacks(one, replace(alone, root_required=frozenset({one})))
    for one in sorted(query.root_forbidden):
        yield _has(one, replace(alone, root_forbidden=frozenset({one})))


def _lacks(trait: str, query: CandidateQuery) -> Demand:
    refused = Refusal(f"it lacks {trait}", trait)
    return Demand(f"trait {trait}", (trait, "required"), query, lambda host: refused)


def _has(trait: str, query: CandidateQuery) -> Demand:
    refused = Refusal(f"it has {trait}", f"without {trait}")
    return Demand(f"without trait {trait}", (trait, "forbidden"), query, lambda host: refused)


def _outside(reason: str, query: CandidateQuery) -> Demand:
    refused = Refusal(f"it is not among {reason}", reason)
    return Demand(reason, (reason, None), query, lambda host: refused)
