"""Inventories, traits, aggregates and names in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nova.clients.placement.contract import (
    Allocation,
    GenerationConflict,
    Inventory,
    InventoryInUse,
    PlacementRefused,
    ProviderAggregates,
    ProviderInventory,
    ProviderTraits,
)
from nova.clients.placement.memory.state import PlacementState, ProviderRow
from nova.context import RequestContext

CUSTOM = "CUSTOM_"


class MemoryProviderFacts:
    def __init__(self, state: PlacementState) -> None:
        self._state = state

    def inventories(self, context: RequestContext, provider_id: str) -> ProviderInventory:
        with self._state.during("inventories"):
            return _inventories(self._state.provider(provider_id))

    def set_inventories(
        self,
        context: RequestContext,
        provider_id: str,
        inventories: Mapping[str, Inventory],
        generation: int | None = None,
    ) -> ProviderInventory:
        with self._state.during("set_inventories"):
            row = self._at(provider_id, generation)
            self._learn_classes(inventories)
            _check_kept(row, inventories)
            if row.inventories != inventories or generation is not None:
                row.inventories = dict(inventories)
                row.generation += 1
            return _inventories(row)

    def traits(self, context: RequestContext, provider_id: str) -> ProviderTraits:
        with self._state.during("traits"):
            row = self._state.provider(provider_id)
            return ProviderTraits(row.generation, row.traits)

    def set_traits(
        self,
        context: RequestContext,
        provider_id: str,
        traits: frozenset[str],
        generation: int | None = None,
    ) -> ProviderTraits:
        with self._state.during("set_traits"):
            row = self._at(provider_id, generation)
            self._state.known_traits |= {name for name in traits if name.startswith(CUSTOM)}
            unknown = traits - self._state.known_traits
            if unknown:
                raise PlacementRefused(reason=f"No such trait {sorted(unknown)}")
            if row.traits != traits or generation is not None:
                row.traits = traits
                row.generation += 1
            return ProviderTraits(row.generation, row.traits)

    def aggregates(self, context: RequestContext, provider_id: str) -> ProviderAggregates:
        with self._state.during("aggregates"):
            row = self._state.provider(provider_id)
            return ProviderAggregates(row.generation, row.aggregates)

    def set_aggregates(
        self,
        context: RequestContext,
        provider_id: str,
        aggregates: frozenset[str],
        generation: int | None = None,
    ) -> ProviderAggregates:
        with self._state.during("set_aggregates"):
            row = self._at(provider_id, generation)
            if row.aggregates != aggregates or generation is not None:
                row.aggregates = aggregates
                row.generation += 1
            return ProviderAggregates(row.generation, row.aggregates)

    def reshape(
        self,
        context: RequestContext,
        inventories: Mapping[str, ProviderInventory],
        allocations: Sequence[Allocation],
    ) -> None:
        with self._state.during("reshape"):
            rows = {one: self._at(one, new.generation) for one, new in inventories.items()}
            self._check_consumers(allocations)
            self._swap(allocations)
            for provider_id, new in inventories.items():
                rows[provider_id].inventories = dict(new.inventories)
                rows[provider_id].generation += 1

    def _at(self, provider_id: str, generation: int | None) -> ProviderRow:
        row = self._state.provider(provider_id)
        if generation is not None and generation != row.generation:
            raise GenerationConflict(
                subject=provider_id, reason=f"expected {generation}, found {row.generation}"
            )
        return row

    def _learn_classes(self, names: Mapping[str, Inventory]) -> None:
        self._state.classes |= {name for name in names if name.startswith(CUSTOM)}
        self._state.require_classes(names)

    def _check_consumers(self, allocations: Sequence[Allocation]) -> None:
        for one in allocations:
            held = self._state.consumers.get(one.consumer.consumer_id)
            known = held.consumer.generation if held else None
            if known != one.consumer.generation:
                raise GenerationConflict(
                    subject=one.consumer.consumer_id,
                    reason=f"expected {one.consumer.generation}, found {known}",
                )

    def _swap(self, allocations: Sequence[Allocation]) -> None:
        for one in allocations:
            held = self._state.consumers.pop(one.consumer.consumer_id, None)
            if held is not None:
                self._state.add_usage(held.resources, -1)
            self._state.add_usage(one.resources, +1)
            generation = (one.consumer.generation or 0) + 1
            kept = replace(one, consumer=replace(one.consumer, generation=generation))
            self._state.consumers[one.consumer.consumer_id] = kept


class MemoryNames:
    def __init__(self, state: PlacementState) -> None:
        self._state = state

    def ensure_classes(self, context: RequestContext, names: Sequence[str]) -> None:
        with self._state.during("ensure_classes"):
            self._state.classes |= {name for name in names if name.startswith(CUSTOM)}

    def ensure_traits(self, context: RequestContext, names: Sequence[str]) -> None:
        with self._state.during("ensure_traits"):
            self._state.known_traits |= {name for name in names if name.startswith(CUSTOM)}

    def traits(self, context: RequestContext, prefix: str = "") -> frozenset[str]:
        with self._state.during("list_traits"):
            return frozenset(t for t in self._state.known_traits if t.startswith(prefix))


def _inventories(row: ProviderRow) -> ProviderInventory:
    return ProviderInventory(row.generation, dict(row.inventories))


def _check_kept(row: ProviderRow, inventories: Mapping[str, Inventory]) -> None:
    lost = [name for name, used in row.used.items() if used and name not in inventories]
    if lost:
        raise InventoryInUse(provider_id=row.id, reason=f"{sorted(lost)} are allocated")
