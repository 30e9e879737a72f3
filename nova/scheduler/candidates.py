"""Placement's answer, turned to hosts: who could take it, in which ways, with what room."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nova.clients.placement.contract import AllocationRequest, Candidates, ProviderSummary

Ways = dict[str, tuple[AllocationRequest, ...]]


@dataclass(frozen=True)
class Offer:
    """`ways` maps the uuid of each known node to its allocation requests, best first;
    `unknown` are roots that no known node has."""

    ways: Ways
    summaries: Mapping[str, ProviderSummary]
    unknown: frozenset[str] = frozenset()

    @cached_property
    def nodes(self) -> Mapping[str, set[str]]:
        """Nodes by provider: storage that is shared is offered to many."""
        found: dict[str, set[str]] = {}
        for node, ways in self.ways.items():
            for way in ways:
                for provider in way.resources:
                    found.setdefault(provider, set()).add(node)
        return found


def offer(found: Candidates, knows: Callable[[str], bool]) -> Offer:
    ways: Ways = {}
    unknown: set[str] = set()
    for request in found.requests:
        node = next(iter(request.resources), "")
        if len(request.resources) != 1 or not knows(node):
            known = _node(request, found.summaries, knows)
            if isinstance(known, list):
                unknown.update(known)
                continue
            node = known
        ways[node] = (*ways[node], request) if node in ways else (request,)
    return Offer(ways, found.summaries, frozenset(unknown))


def _node(
    request: AllocationRequest, summaries: Mapping[str, ProviderSummary],
    knows: Callable[[str], bool],
) -> str | list[str]:
    """The node it is for, or the roots of its providers when none is known."""
    node = next(filter(knows, request.resources), None)
    if node is not None:
        return node
    roots = [_root(provider, summaries) for provider in request.resources]
    # A provider that shares its storage is the root of no node.
    return next(filter(knows, roots), roots)


def _root(provider: str, summaries: Mapping[str, ProviderSummary]) -> str:
    summary = summaries.get(provider)
    return provider if summary is None else summary.root_id


def merged(first: Candidates, second: Candidates) -> Candidates:
    """Both answers; the first's requests come first."""
    return Candidates(
        requests=(*first.requests, *second.requests),
        summaries={**second.summaries, **first.summaries},
    )


class Room:
    """What is left for further servers of one plan, by provider and class."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._taken: dict[tuple[str, str], int] = {}

    def fits(self, way: AllocationRequest) -> bool:
        return not self._taken or all(
            amount <= self._free(provider, name)
            for provider, amounts in way.resources.items()
            for name, amount in amounts.items()
        )

    def take(self, way: AllocationRequest, servers: int = 1) -> None:
        """With `servers` -1: give back."""
        for provider, amounts in way.resources.items():
            for name, amount in amounts.items():
                key = provider, name
                self._taken[key] = self._taken.get(key, 0) + servers * amount

    def users(self, way: AllocationRequest) -> set[str]:
        """The nodes that any provider of this way offers something to."""
        return {node for provider in way.resources for node in self._offer.nodes.get(provider, ())}

    def _free(self, provider: str, name: str) -> float:
        """Amounts of the asked classes; a provider placement says nothing of has room."""
        summary = self._offer.summaries.get(provider)
        known = summary.resources.get(name) if summary else None
        taken = self._taken.get((provider, name), 0)
        return float("inf") if known is None else known.capacity - known.used - taken
