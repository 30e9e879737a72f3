"""The query: amounts and traits of flavor and image, groups of ports and devices, narrowings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nova.clients.placement.contract import CandidateQuery
from nova.scheduler.asking import amounts, devices, extra_specs, traits
from nova.scheduler.asking.draft import Draft
from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.request import Request

Drafts = defaultdict[str, Draft]
# Who asks for some of these means all of them.
PROCESSORS = frozenset({"VCPU", "PCPU"})


@dataclass(frozen=True)
class Bounds:
    """`in_tree`: only this node.  `limit` 0: no limit.  `pci_groups`: devices a flavor
    asks for by alias, as groups of placement."""

    limit: int = 0
    in_tree: str | None = None
    pci_groups: Mapping[str, Draft] | None = None


def build(
    request: Request,
    narrowings: Iterable[Narrowing],
    bounds: Bounds,
    *,
    dedicated: bool = True,
) -> CandidateQuery:
    drafts = extra_specs.groups(request.extra_specs)
    own_suffixes = sum(1 for suffix in drafts if suffix)
    _fill_amounts(request, drafts, dedicated=dedicated)
    _fill_traits(request, drafts[""], dedicated=dedicated)
    devices.add(request, drafts, bounds.pci_groups or {})
    narrowings = list(narrowings)
    _narrow(drafts, narrowings, bounds)
    return CandidateQuery(
        groups=tuple(d.group(s) for s, d in drafts.items() if not d.empty or not s),
        group_policy=_policy(request, drafts, own_suffixes),
        limit=bounds.limit,
        root_required=frozenset().union(*(n.root_required for n in narrowings)),
        root_forbidden=frozenset().union(*(n.root_forbidden for n in narrowings)),
        same_subtree=devices.subtrees(request.spec.requested_resources),
    )


def _fill_amounts(request: Request, drafts: Drafts, *, dedicated: bool) -> None:
    """The flavor's own amounts, unless its extra specs ask for those classes in any group."""
    plain = drafts[""].resources
    explicit = {name for draft in drafts.values() for name in draft.resources}
    for name, amount in amounts.amounts(request, dedicated=dedicated).items():
        if explicit & (PROCESSORS if name in PROCESSORS else {name}):
            continue
        if amount:
            plain.setdefault(name, amount)


def _fill_traits(request: Request, plain: Draft, *, dedicated: bool) -> None:
    plain.require(extra_specs.image_traits(request.properties))
    required, forbidden = traits.required(request), traits.forbidden(request)
    if not dedicated:
        # Hosts asked this way do not report threads by trait.
        required -= {"HW_CPU_HYPERTHREADING"}
        forbidden -= {"HW_CPU_HYPERTHREADING"}
    plain.require(required)
    plain.forbidden |= forbidden


def _narrow(drafts: Drafts, narrowings: Sequence[Narrowing], bounds: Bounds) -> None:
    plain = drafts[""]
    plain.in_tree = bounds.in_tree
    for narrowing in narrowings:
        plain.require(narrowing.required)
        plain.member_of.extend(narrowing.member_of)
        plain.not_member_of |= narrowing.not_member_of
        for suffix in bounds.pci_groups or ():
            drafts[suffix].require(narrowing.group_required)


def _policy(request: Request, drafts: Drafts, own_suffixes: int) -> str | None:
    """Placement wants a policy as soon as two groups have suffixes; flavors that wrote at
    most one of them cannot have known."""
    asked = extra_specs.policy(request.extra_specs)
    several = sum(1 for suffix in drafts if suffix) > 1
    return "none" if asked is None and several and own_suffixes <= 1 else asked


def amounts_of(query: CandidateQuery) -> dict[str, int]:
    """All that is asked, summed over the groups."""
    total: dict[str, int] = {}
    for group in query.groups:
        for name, amount in group.resources.items():
            total[name] = total.get(name, 0) + amount
    return total


def required_traits(request: Request) -> frozenset[str]:
    """Traits required by flavor and image anywhere, for isolating aggregates."""
    drafts = extra_specs.groups(request.extra_specs)
    named = frozenset(trait for draft in drafts.values() for trait in draft.required)
    return named | extra_specs.image_traits(request.properties)


__all__ = ["Bounds", "Drafts", "amounts_of", "build", "required_traits"]
