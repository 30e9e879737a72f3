"""Resource providers in memory."""

from collections.abc import Sequence

from nova.clients.placement.contract import (
    PlacementRefused,
    Provider,
    ProviderInUse,
    ProviderNameTaken,
    ProviderUsage,
)
from nova.clients.placement.memory.state import PlacementState, ProviderRow
from nova.context import RequestContext


class MemoryProviders:
    def __init__(self, state: PlacementState) -> None:
        self._state = state

    def get(self, context: RequestContext, provider_id: str) -> Provider | None:
        with self._state.during("get_provider"):
            row = self._state.providers.get(provider_id)
            return row.facts() if row else None

    def named(self, context: RequestContext, name: str) -> Provider | None:
        with self._state.during("provider_named"):
            row = self._by_name(name)
            return row.facts() if row else None

    def every(self, context: RequestContext) -> tuple[Provider, ...]:
        with self._state.during("every_provider"):
            return tuple(row.facts() for row in self._state.providers.values())

    def tree(self, context: RequestContext, provider_id: str) -> tuple[Provider, ...]:
        with self._state.during("tree"):
            member = self._state.providers.get(provider_id)
            rows = self._state.providers.values()
            return tuple(row.facts() for row in rows if member and row.root_id == member.root_id)

    def in_aggregates(
        self, context: RequestContext, aggregates: Sequence[str], required: Sequence[str] = ()
    ) -> tuple[Provider, ...]:
        with self._state.during("providers_in_aggregates"):
            wanted, traits = set(aggregates), set(required)
            return tuple(
                row.facts()
                for row in self._state.providers.values()
                if wanted & row.aggregates and traits <= row.traits
            )

    def ensure(
        self, context: RequestContext, provider_id: str, name: str, parent_id: str | None = None
    ) -> Provider:
        with self._state.during("ensure_provider"):
            if parent_id is not None and parent_id not in self._state.providers:
                raise PlacementRefused(reason=f"Parent {parent_id} does not exist.")
            row = self._state.providers.get(provider_id)
            taken = self._by_name(name)
            if taken is not None and taken is not row:
                raise ProviderNameTaken(name=name)
            if row is None:
                row = ProviderRow(provider_id, name, None, provider_id)
                self._state.providers[provider_id] = row
            self._place(row, name, parent_id)
            return row.facts()

    def delete(self, context: RequestContext, provider_id: str) -> bool:
        with self._state.during("delete_provider"):
            row = self._state.providers.get(provider_id)
            if row is None:
                return False
            if any(row.used.values()):
                raise ProviderInUse(provider_id=provider_id, reason="it has allocations")
            if any(one.parent_id == provider_id for one in self._state.providers.values()):
                raise ProviderInUse(provider_id=provider_id, reason="it has children")
            del self._state.providers[provider_id]
            return True

    def usages(self, context: RequestContext, provider_id: str) -> ProviderUsage:
        with self._state.during("provider_usages"):
            row = self._state.provider(provider_id)
            return ProviderUsage(row.generation, {name: row.used[name] for name in row.inventories})

    def _by_name(self, name: str) -> ProviderRow | None:
        rows = self._state.providers.values()
        return next((row for row in rows if row.name == name), None)

    def _place(self, row: ProviderRow, name: str, parent_id: str | None) -> None:
        row.name = name
        if row.parent_id != parent_id:
            below = [
                one for one in self._state.providers.values() if row.id in self._state.lineage(one)
            ]
            if parent_id in {one.id for one in below}:
                raise PlacementRefused(reason=f"{row.id} cannot be below itself.")
            row.parent_id = parent_id
            root = self._state.providers[parent_id].root_id if parent_id else row.id
            for one in below:
                one.root_id = root
