"""Finding room in the providers of a state."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from nova.clients.placement.contract import (
    AllocationRequest,
    CandidateQuery,
    Candidates,
    PlacementRefused,
    ProviderSummary,
    RequestGroup,
    ResourceSummary,
)
from nova.clients.placement.memory.state import PlacementState, ProviderRow
from nova.context import RequestContext

SHARING = "MISC_SHARES_VIA_AGGREGATE"


@dataclass(frozen=True)
class Share:
    """What one group takes: (provider, class, amount), and from whom."""

    suffix: str
    takes: tuple[tuple[str, str, int], ...]
    providers: tuple[str, ...]


class MemorySearch:
    def __init__(self, state: PlacementState) -> None:
        self._state = state

    def candidates(self, context: RequestContext, query: CandidateQuery) -> Candidates:
        _check(query)
        with self._state.during("candidates"):
            trees = self._state.trees()
            found = islice(self._requests(trees, query), query.limit or None)
            requests = tuple(found)
            return Candidates(requests, self._summaries(trees, requests))

    def _requests(
        self, trees: Mapping[str, Sequence[ProviderRow]], query: CandidateQuery
    ) -> Iterator[AllocationRequest]:
        sharing = [row for row in self._state.providers.values() if SHARING in row.traits]
        for root_id, tree in trees.items():
            root = self._state.providers[root_id]
            if query.root_required <= root.traits and not query.root_forbidden & root.traits:
                yield from self._in_tree(root, tree, _reachable(tree, sharing), query)

    def _in_tree(
        self,
        root: ProviderRow,
        tree: Sequence[ProviderRow],
        shared: Sequence[ProviderRow],
        query: CandidateQuery,
    ) -> Iterator[AllocationRequest]:
        options = [list(_shares(group, root, tree, shared)) for group in query.groups]
        for shares in product(*options):
            if self._obeys(shares, query) and _touches(shares, tree):
                request = self._merge(shares)
                if request is not None:
                    yield request

    def _obeys(self, shares: Sequence[Share], query: CandidateQuery) -> bool:
        by_suffix = {share.suffix: share for share in shares}
        if query.group_policy == "isolate":
            named = [share for share in shares if share.suffix]
            if any(set(a.providers) & set(b.providers) for a, b in combinations(named, 2)):
                return False
        return all(
            self._under_one([by_suffix[suffix] for suffix in suffixes])
            for suffixes in query.same_subtree
        )

    def _under_one(self, shares: Sequence[Share]) -> bool:
        """Whether one of the providers is above (or is) all the others."""
        ids = {provider for share in shares for provider in share.providers}
        lines = [set(self._state.lineage(self._state.providers[one])) for one in ids]
        return bool(set.intersection(*lines) & ids)

    def _merge(self, shares: Sequence[Share]) -> AllocationRequest | None:
        """The shares together, when the providers have room for all of them."""
        amounts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for share in shares:
            for provider_id, name, amount in share.takes:
                amounts[provider_id][name] += amount
        if not all(self._state.providers[one].has_room(taken) for one, taken in amounts.items()):
            return None
        return AllocationRequest(
            {provider_id: dict(taken) for provider_id, taken in amounts.items()},
            {share.suffix: share.providers for share in shares if share.providers},
        )

    def _summaries(
        self, trees: Mapping[str, Sequence[ProviderRow]], requests: Iterable[AllocationRequest]
    ) -> dict[str, ProviderSummary]:
        touched = {one for request in requests for one in request.resources}
        touched |= {one for request in requests for ids in request.mappings.values() for one in ids}
        roots = {self._state.providers[one].root_id for one in touched}
        return {row.id: _summary(row) for root in roots for row in trees[root]}


def _check(query: CandidateQuery) -> None:
    named = [group for group in query.groups if group.suffix]
    if len(named) > 1 and query.group_policy is None:
        raise PlacementRefused(
            reason='The "group_policy" parameter is required when specifying more than one '
            '"resources{N}" parameter.'
        )
    suffixes = {group.suffix for group in named}
    if not all(wanted <= suffixes for wanted in query.same_subtree):
        raise PlacementRefused(reason="Real suffixes should be specified in same_subtree.")


def _reachable(tree: Sequence[ProviderRow], sharing: Iterable[ProviderRow]) -> list[ProviderRow]:
    """Sharing providers outside of the tree that share with a member of it."""
    aggregates: set[str] = {one for row in tree for one in row.aggregates}
    inside = {row.id for row in tree}
    return [row for row in sharing if row.id not in inside and row.aggregates & aggregates]


def _touches(shares: Sequence[Share], tree: Sequence[ProviderRow]) -> bool:
    """Something must come from the tree itself; only sharing ones is no candidate."""
    inside = {row.id for row in tree}
    return any(provider in inside for share in shares for provider in share.providers)


def _shares(
    group: RequestGroup,
    root: ProviderRow,
    tree: Sequence[ProviderRow],
    shared: Sequence[ProviderRow],
) -> Iterator[Share]:
    """The ways in which one group can be served from a tree."""
    if group.in_tree is not None and group.in_tree not in {row.id for row in tree}:
        return iter(())
    rows = [*tree, *shared]
    return _together(group, rows) if group.suffix else _spread(group, root, rows)


def _together(group: RequestGroup, rows: Iterable[ProviderRow]) -> Iterator[Share]:
    """All from one provider."""
    for row in rows:
        if (
            row.has_room(group.resources)
            and _has_traits(group, row.traits)
            and _in_aggregates(group, row.aggregates)
        ):
            takes = tuple((row.id, name, amount) for name, amount in group.resources.items())
            yield Share(group.suffix, takes, (row.id,))


def _spread(group: RequestGroup, root: ProviderRow, rows: Sequence[ProviderRow]) -> Iterator[Share]:
    """Each class from any provider; the traits are those of all providers used."""
    usable = [row for row in rows if _in_aggregates(group, row.aggregates | root.aggregates)]
    places = [
        [row for row in usable if row.fits(name, amount)]
        for name, amount in group.resources.items()
    ]
    for chosen in product(*places):
        traits = frozenset(trait for row in chosen for trait in row.traits)
        if _has_traits(group, traits):
            takes = tuple(
                (row.id, name, amount)
                for row, (name, amount) in zip(chosen, group.resources.items(), strict=True)
            )
            yield Share(group.suffix, takes, tuple(dict.fromkeys(row.id for row in chosen)))


def _has_traits(group: RequestGroup, traits: frozenset[str]) -> bool:
    return (
        group.required <= traits
        and not group.forbidden & traits
        and all(choice & traits for choice in group.any_of)
    )


def _in_aggregates(group: RequestGroup, aggregates: frozenset[str]) -> bool:
    return not group.not_member_of & aggregates and all(
        wanted & aggregates for wanted in group.member_of
    )


def _summary(row: ProviderRow) -> ProviderSummary:
    resources = {
        name: ResourceSummary(row.capacity(name), row.used[name]) for name in row.inventories
    }
    return ProviderSummary(row.root_id, row.parent_id, resources, row.traits)
