"""Inventories, traits and aggregates of providers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from nova.clients.http import Answer, reason
from nova.clients.placement.contract import (
    Allocation,
    GenerationConflict,
    Inventory,
    InventoryInUse,
    ProviderAggregates,
    ProviderInventory,
    ProviderTraits,
)
from nova.clients.placement.rest.allocations import to_body
from nova.clients.placement.rest.calls import (
    ATTEMPTS,
    CONCURRENT_UPDATE,
    PROVIDERS,
    RESHAPE,
    PlacementCalls,
    code,
    refusal,
)
from nova.clients.placement.rest.names import RestNames
from nova.context import RequestContext

T = TypeVar("T", ProviderInventory, ProviderTraits, ProviderAggregates)
Wire = Mapping[str, Any]

INVENTORIES = "/resource_providers/{provider}/inventories"
TRAITS = "/resource_providers/{provider}/traits"
AGGREGATES = "/resource_providers/{provider}/aggregates"
GENERATION = "resource_provider_generation"


class RestProviderFacts:
    def __init__(self, calls: PlacementCalls, names: RestNames) -> None:
        self._calls = calls
        self._names = names

    def inventories(self, context: RequestContext, provider_id: str) -> ProviderInventory:
        return read_inventories(
            self._calls.read(context, INVENTORIES, PROVIDERS, provider=provider_id)
        )

    def set_inventories(
        self,
        context: RequestContext,
        provider_id: str,
        inventories: Mapping[str, Inventory],
        generation: int | None = None,
    ) -> ProviderInventory:
        def write(known: int) -> ProviderInventory:
            wanted = ProviderInventory(known, inventories)
            body = inventory_body(wanted)
            answer = self._put(
                context,
                INVENTORIES,
                provider_id,
                body,
                lambda: self._names.ensure_classes(context, tuple(inventories)),
            )
            return read_inventories(answer)

        return self._set(
            write,
            lambda: self.inventories(context, provider_id),
            lambda found: dict(found.inventories) == dict(inventories),
            generation,
        )

    def traits(self, context: RequestContext, provider_id: str) -> ProviderTraits:
        return _read_traits(self._calls.read(context, TRAITS, PROVIDERS, provider=provider_id))

    def set_traits(
        self,
        context: RequestContext,
        provider_id: str,
        traits: frozenset[str],
        generation: int | None = None,
    ) -> ProviderTraits:
        def write(known: int) -> ProviderTraits:
            body = {GENERATION: known, "traits": sorted(traits)}
            answer = self._put(
                context,
                TRAITS,
                provider_id,
                body,
                lambda: self._names.ensure_traits(context, sorted(traits)),
            )
            return _read_traits(answer)

        return self._set(
            write,
            lambda: self.traits(context, provider_id),
            lambda found: found.traits == traits,
            generation,
        )

    def aggregates(self, context: RequestContext, provider_id: str) -> ProviderAggregates:
        return _read_aggregates(
            self._calls.read(context, AGGREGATES, PROVIDERS, provider=provider_id)
        )

    def set_aggregates(
        self,
        context: RequestContext,
        provider_id: str,
        aggregates: frozenset[str],
        generation: int | None = None,
    ) -> ProviderAggregates:
        def write(known: int) -> ProviderAggregates:
            body = {GENERATION: known, "aggregates": sorted(aggregates)}
            return _read_aggregates(self._put(context, AGGREGATES, provider_id, body))

        return self._set(
            write,
            lambda: self.aggregates(context, provider_id),
            lambda found: found.aggregates == aggregates,
            generation,
        )

    def reshape(
        self,
        context: RequestContext,
        inventories: Mapping[str, ProviderInventory],
        allocations: Sequence[Allocation],
    ) -> None:
        body = {
            "inventories": {name: inventory_body(one) for name, one in inventories.items()},
            "allocations": {one.consumer.consumer_id: to_body(one) for one in allocations},
        }
        answer = self._calls.send(context, "POST", "/reshaper", RESHAPE, body=body)
        if not answer.ok:
            raise _write_refused(answer, ", ".join(inventories))

    def _set(
        self,
        write: Callable[[int], T],
        read: Callable[[], T],
        is_so: Callable[[T], bool],
        generation: int | None,
    ) -> T:
        """Write once when the caller knows the generation; else read, compare, write
        until nobody was faster.  What is so already is not written."""
        if generation is not None:
            return write(generation)
        for attempt in range(ATTEMPTS):
            found = read()
            if is_so(found):
                return found
            try:
                return write(found.generation)
            except GenerationConflict:
                if attempt == ATTEMPTS - 1:
                    raise
                self._calls.pause(attempt)
        raise AssertionError("unreachable")

    def _put(
        self,
        context: RequestContext,
        path: str,
        provider_id: str,
        body: Wire,
        make_names: Callable[[], None] | None = None,
    ) -> Wire:
        """Names that placement has not heard of are made only when it says so."""
        answer = self._calls.send(context, "PUT", path, PROVIDERS, body=body, provider=provider_id)
        if answer.status == 400 and make_names:
            make_names()
            return self._put(context, path, provider_id, body)
        if not answer.ok:
            raise _write_refused(answer, provider_id)
        found: Wire = answer.json()
        return found


def inventory_body(wanted: ProviderInventory) -> dict[str, Any]:
    records = {name: asdict(one) for name, one in wanted.inventories.items()}
    return {GENERATION: wanted.generation, "inventories": records}


def read_inventories(wire: Wire) -> ProviderInventory:
    records = {name: Inventory(**one) for name, one in wire["inventories"].items()}
    return ProviderInventory(wire[GENERATION], records)


def _read_traits(wire: Wire) -> ProviderTraits:
    return ProviderTraits(wire[GENERATION], frozenset(wire["traits"]))


def _read_aggregates(wire: Wire) -> ProviderAggregates:
    return ProviderAggregates(wire[GENERATION], frozenset(wire["aggregates"]))


def _write_refused(answer: Answer, provider_id: str) -> Exception:
    if answer.status == 409 and code(answer) != CONCURRENT_UPDATE:
        return InventoryInUse(provider_id=provider_id, reason=reason(answer))
    return refusal(answer, provider_id)
