"""Who holds what, in memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from nova.clients.placement.contract import (
    Allocation,
    Consumer,
    GenerationConflict,
    NotEnoughRoom,
    PlacementRefused,
    Resources,
)
from nova.clients.placement.memory.state import PlacementState
from nova.context import RequestContext


class MemoryAllocations:
    def __init__(self, state: PlacementState) -> None:
        self._state = state

    def get(self, context: RequestContext, consumer_id: str) -> Allocation:
        with self._state.during("get_allocation"):
            return self._held(consumer_id)

    def claim(self, context: RequestContext, allocation: Allocation) -> None:
        with self._state.during("claim"):
            self._write_unless_so([allocation])

    def change(self, context: RequestContext, allocations: Sequence[Allocation]) -> None:
        with self._state.during("change"):
            self._write_unless_so(allocations)

    def amend(
        self,
        context: RequestContext,
        consumer_id: str,
        edit: Callable[[Allocation], Allocation],
    ) -> Allocation:
        with self._state.during("amend"):
            wanted = edit(self._held(consumer_id))
            self._write_unless_so([wanted])
            return wanted

    def delete(self, context: RequestContext, consumer_id: str) -> bool:
        with self._state.during("delete_allocation"):
            held = self._state.consumers.pop(consumer_id, None)
            if held is not None:
                self._state.add_usage(held.resources, -1)
                self._advance(held.resources)
            return held is not None

    def of_provider(self, context: RequestContext, provider_id: str) -> dict[str, Resources]:
        with self._state.during("allocations_of_provider"):
            self._state.provider(provider_id)
            return {
                consumer_id: held.resources[provider_id]
                for consumer_id, held in self._state.consumers.items()
                if provider_id in held.resources
            }

    def of_project(
        self,
        context: RequestContext,
        project_id: str,
        user_id: str | None = None,
        consumer_type: str | None = None,
    ) -> dict[str, int]:
        with self._state.during("usages_of_project"):
            totals: dict[str, int] = defaultdict(int)
            for held in self._state.consumers.values():
                if _matches(held.consumer, project_id, user_id, consumer_type):
                    for amounts in held.resources.values():
                        for name, amount in amounts.items():
                            totals[name] += amount
            return dict(totals)

    def _held(self, consumer_id: str) -> Allocation:
        found = self._state.consumers.get(consumer_id)
        return found or Allocation(Consumer(consumer_id, kind=None))

    def _write_unless_so(self, wanted: Sequence[Allocation]) -> None:
        """Several at once, all or none."""
        held = {one.consumer.consumer_id: self._held(one.consumer.consumer_id) for one in wanted}
        if not all(_same(held[one.consumer.consumer_id], one) for one in wanted):
            self._write(wanted, held)

    def _write(self, wanted: Sequence[Allocation], held: dict[str, Allocation]) -> None:
        for one in wanted:
            _check_generation(held[one.consumer.consumer_id], one)
            self._check_names(one)
        for old in held.values():
            self._state.add_usage(old.resources, -1)
        try:
            self._take(wanted)
        except NotEnoughRoom:
            for old in held.values():
                self._state.add_usage(old.resources, +1)
            raise
        self._remember(wanted)
        self._advance(one for each in (*held.values(), *wanted) for one in each.resources)

    def _take(self, wanted: Sequence[Allocation]) -> None:
        for position, one in enumerate(wanted):
            for provider_id, amounts in one.resources.items():
                if not self._state.providers[provider_id].has_room(amounts):
                    for taken in wanted[:position]:
                        self._state.add_usage(taken.resources, -1)
                    raise NotEnoughRoom(
                        consumer_id=one.consumer.consumer_id,
                        reason=f"{dict(amounts)} does not fit on {provider_id}",
                    )
            self._state.add_usage(one.resources, +1)

    def _remember(self, wanted: Sequence[Allocation]) -> None:
        for one in wanted:
            consumer = one.consumer
            if one.resources:
                known = consumer.generation
                kept = replace(consumer, generation=1 if known is None else known + 1)
                self._state.consumers[consumer.consumer_id] = replace(one, consumer=kept)
            else:
                self._state.consumers.pop(consumer.consumer_id, None)

    def _check_names(self, one: Allocation) -> None:
        for provider_id, amounts in one.resources.items():
            if provider_id not in self._state.providers:
                raise PlacementRefused(
                    reason=f"Allocation for resource provider '{provider_id}' that does not exist."
                )
            self._state.require_classes(amounts)

    def _advance(self, provider_ids: Iterable[str]) -> None:
        for provider_id in set(provider_ids):
            if provider_id in self._state.providers:
                self._state.providers[provider_id].generation += 1


def _matches(consumer: Consumer, project_id: str, user_id: str | None, kind: str | None) -> bool:
    return (
        consumer.project_id == project_id
        and user_id in (None, consumer.user_id)
        and kind in (None, consumer.kind)
    )


def _same(held: Allocation, wanted: Allocation) -> bool:
    same_owner = not wanted or _owner(held) == _owner(wanted)
    return same_owner and _amounts(held) == _amounts(wanted)


def _amounts(allocation: Allocation) -> dict[str, dict[str, int]]:
    return {name: dict(amounts) for name, amounts in allocation.resources.items()}


def _owner(allocation: Allocation) -> tuple[str | None, str | None]:
    return allocation.consumer.project_id, allocation.consumer.user_id


def _check_generation(held: Allocation, wanted: Allocation) -> None:
    if held.consumer.generation != wanted.consumer.generation:
        raise GenerationConflict(
            subject=wanted.consumer.consumer_id,
            reason=f"expected generation {wanted.consumer.generation}, "
            f"found {held.consumer.generation}",
        )
