"""Asking where something would fit."""

from collections.abc import Iterator, Mapping
from typing import Any

from nova.clients.placement.contract import (
    AllocationRequest,
    CandidateQuery,
    Candidates,
    ProviderSummary,
    RequestGroup,
    ResourceSummary,
)
from nova.clients.placement.rest.calls import SEARCH, PlacementCalls
from nova.context import RequestContext

Pairs = Iterator[tuple[str, str]]


class RestSearch:
    def __init__(self, calls: PlacementCalls) -> None:
        self._calls = calls

    def candidates(self, context: RequestContext, query: CandidateQuery) -> Candidates:
        body = self._calls.read(
            context, "/allocation_candidates", SEARCH, query=tuple(query_pairs(query))
        )
        return read_candidates(body)


def query_pairs(query: CandidateQuery) -> Pairs:
    """The query string, in an order that is the same every time."""
    for group in query.groups:
        yield from _group_pairs(group)
    if query.group_policy:
        yield "group_policy", query.group_policy
    if query.limit:
        yield "limit", str(query.limit)
    root = _trait_list(query.root_required, query.root_forbidden)
    if root:
        yield "root_required", root
    for suffixes in query.same_subtree:
        yield "same_subtree", ",".join(sorted(suffixes))


def _group_pairs(group: RequestGroup) -> Pairs:
    suffix = group.suffix
    if group.resources:
        amounts = sorted(group.resources.items())
        yield f"resources{suffix}", ",".join(f"{name}:{amount}" for name, amount in amounts)
    traits = _trait_list(group.required, group.forbidden)
    if traits:
        yield f"required{suffix}", traits
    for choice in group.any_of:
        yield f"required{suffix}", "in:" + ",".join(sorted(choice))
    for aggregates in group.member_of:
        yield f"member_of{suffix}", "in:" + ",".join(sorted(aggregates))
    if group.not_member_of:
        yield f"member_of{suffix}", "!in:" + ",".join(sorted(group.not_member_of))
    if group.in_tree:
        yield f"in_tree{suffix}", group.in_tree


def _trait_list(required: frozenset[str], forbidden: frozenset[str]) -> str:
    return ",".join([*sorted(required), *(f"!{name}" for name in sorted(forbidden))])


def read_candidates(body: Mapping[str, Any]) -> Candidates:
    return Candidates(
        requests=tuple(_request(one) for one in body["allocation_requests"]),
        summaries=Summaries(body["provider_summaries"]),
    )


class Summaries(Mapping[str, ProviderSummary]):
    """Read when they are looked at: of a thousand, few are."""

    def __init__(self, wire: Mapping[str, Any]) -> None:
        self._wire = wire
        self._read: dict[str, ProviderSummary] = {}

    def __getitem__(self, provider_id: str) -> ProviderSummary:
        found = self._read.get(provider_id)
        if found is None:
            found = self._read[provider_id] = _summary(self._wire[provider_id])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._wire)

    def __len__(self) -> int:
        return len(self._wire)


def _request(wire: Mapping[str, Any]) -> AllocationRequest:
    return AllocationRequest(
        resources={provider: one["resources"] for provider, one in wire["allocations"].items()},
        mappings={suffix: tuple(ids) for suffix, ids in wire["mappings"].items()},
    )


def _summary(wire: Mapping[str, Any]) -> ProviderSummary:
    return ProviderSummary(
        root_id=wire["root_provider_uuid"],
        parent_id=wire["parent_provider_uuid"],
        resources={
            name: ResourceSummary(one["capacity"], one["used"])
            for name, one in wire["resources"].items()
        },
        traits=frozenset(wire["traits"]),
    )
