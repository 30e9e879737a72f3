"""Contract of the placement service: the service cut into themes.

`context` gives the request id to pass on; all calls use the credentials of
this service.  Every method raises PlacementUnavailable when it does not answer.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from nova.clients.placement.contract.resources import (
    Allocation,
    CandidateQuery,
    Candidates,
    Inventory,
    Provider,
    ProviderAggregates,
    ProviderInventory,
    ProviderTraits,
    ProviderUsage,
    Resources,
)
from nova.context import RequestContext


class CandidateSearch(Protocol):
    def candidates(self, context: RequestContext, query: CandidateQuery) -> Candidates:
        """Where it would fit; empty when nowhere.  Raises PlacementRefused."""


class Allocations(Protocol):
    def get(self, context: RequestContext, consumer_id: str) -> Allocation:
        """What a consumer holds; nothing: `resources` empty, `generation` None."""

    def claim(self, context: RequestContext, allocation: Allocation) -> None:
        """Write all that a consumer holds (replacing what it held).

        `allocation.generation` None: it holds nothing yet.  Doing the same claim
        twice is fine.  Raises NotEnoughRoom, GenerationConflict (the consumer
        holds something else), PlacementRefused (unknown provider or class).
        """

    def change(self, context: RequestContext, allocations: Sequence[Allocation]) -> None:
        """Write several consumers at once, all or none; empty `resources` removes.
        Moving from a server to its migration is one such change.
        Raises NotEnoughRoom, GenerationConflict, PlacementRefused."""

    def amend(
        self,
        context: RequestContext,
        consumer_id: str,
        edit: Callable[[Allocation], Allocation],
    ) -> Allocation:
        """Read, `edit`, write; again (bounded) when another writer was faster.
        Returns what was written.  Raises NotEnoughRoom, GenerationConflict."""

    def delete(self, context: RequestContext, consumer_id: str) -> bool:
        """False when it held nothing."""

    def of_provider(self, context: RequestContext, provider_id: str) -> dict[str, Resources]:
        """Who holds what of one provider: by consumer id.  Raises ProviderNotFound."""

    def of_project(
        self,
        context: RequestContext,
        project_id: str,
        user_id: str | None = None,
        consumer_type: str | None = None,
    ) -> dict[str, int]:
        """Amounts by resource class that a project (and user) holds."""


class Providers(Protocol):
    """Resource providers: hosts, and parts of hosts."""

    def get(self, context: RequestContext, provider_id: str) -> Provider | None: ...

    def named(self, context: RequestContext, name: str) -> Provider | None: ...
    def every(self, context: RequestContext) -> tuple[Provider, ...]: ...

    def tree(self, context: RequestContext, provider_id: str) -> tuple[Provider, ...]:
        """All providers of the tree it belongs to; none: ()."""

    def in_aggregates(
        self, context: RequestContext, aggregates: Sequence[str], required: Sequence[str] = ()
    ) -> tuple[Provider, ...]:
        """Providers in any of these aggregates that have all required traits."""

    def ensure(
        self, context: RequestContext, provider_id: str, name: str, parent_id: str | None = None
    ) -> Provider:
        """Make it, or find it and set name and parent.  Raises ProviderNameTaken."""

    def delete(self, context: RequestContext, provider_id: str) -> bool:
        """False when it was gone already.  Raises ProviderInUse."""

    def usages(self, context: RequestContext, provider_id: str) -> ProviderUsage:
        """Raises ProviderNotFound."""


class ProviderFacts(Protocol):
    """What a provider has.  Setters replace; with `generation` None the present one
    is read first and the write is repeated (bounded) when another was faster.
    They return the new state, or raise ProviderNotFound, GenerationConflict."""

    def inventories(self, context: RequestContext, provider_id: str) -> ProviderInventory: ...

    def set_inventories(
        self,
        context: RequestContext,
        provider_id: str,
        inventories: Mapping[str, Inventory],
        generation: int | None = None,
    ) -> ProviderInventory:
        """Raises InventoryInUse when a class that is allocated would go."""

    def traits(self, context: RequestContext, provider_id: str) -> ProviderTraits: ...

    def set_traits(
        self,
        context: RequestContext,
        provider_id: str,
        traits: frozenset[str],
        generation: int | None = None,
    ) -> ProviderTraits:
        """Unknown CUSTOM_ traits are made first."""

    def aggregates(self, context: RequestContext, provider_id: str) -> ProviderAggregates: ...

    def set_aggregates(
        self,
        context: RequestContext,
        provider_id: str,
        aggregates: frozenset[str],
        generation: int | None = None,
    ) -> ProviderAggregates: ...

    def reshape(
        self,
        context: RequestContext,
        inventories: Mapping[str, ProviderInventory],
        allocations: Sequence[Allocation],
    ) -> None:
        """Move inventories and the allocations of them at once, all or none.
        Raises GenerationConflict, InventoryInUse."""


class Names(Protocol):
    """Resource classes and traits."""

    def ensure_classes(self, context: RequestContext, names: Sequence[str]) -> None:
        """Make the CUSTOM_ ones there are not yet; standard ones are left alone."""

    def ensure_traits(self, context: RequestContext, names: Sequence[str]) -> None: ...

    def traits(self, context: RequestContext, prefix: str = "") -> frozenset[str]: ...


class PlacementService(Protocol):
    @property
    def search(self) -> CandidateSearch: ...
    @property
    def allocations(self) -> Allocations: ...
    @property
    def providers(self) -> Providers: ...
    @property
    def facts(self) -> ProviderFacts: ...
    @property
    def names(self) -> Names: ...
