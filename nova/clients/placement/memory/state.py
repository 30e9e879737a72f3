"""All that a placement service in memory knows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import os_resource_classes
import os_traits

from nova.clients.gate import Gate, open_gate
from nova.clients.placement.contract import (
    Allocation,
    Inventory,
    PlacementRefused,
    Provider,
    ProviderNotFound,
    Resources,
)


@dataclass
class ProviderRow:
    """One provider, changed in place.  `used` are the amounts held of it."""

    id: str
    name: str
    parent_id: str | None
    root_id: str
    generation: int = 0
    inventories: dict[str, Inventory] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    aggregates: frozenset[str] = frozenset()
    used: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def facts(self) -> Provider:
        return Provider(self.id, self.name, self.generation, self.parent_id, self.root_id)

    def capacity(self, resource_class: str) -> int:
        inventory = self.inventories[resource_class]
        return int((inventory.total - inventory.reserved) * inventory.allocation_ratio)

    def fits(self, resource_class: str, amount: int, already: int = 0) -> bool:
        """Whether `amount` can be had beside what is used and `already` spoken for."""
        inventory = self.inventories.get(resource_class)
        if inventory is None:
            return False
        total = amount + already
        return (
            inventory.min_unit <= total <= inventory.max_unit
            and total % inventory.step_size == 0
            and self.used[resource_class] + total <= self.capacity(resource_class)
        )

    def has_room(self, resources: Resources) -> bool:
        return all(self.fits(name, amount) for name, amount in resources.items())


class PlacementState:
    """Share one among clients to give them one service.

    `lock` makes one (a clock's `lock`), for use from several threads.
    """

    def __init__(
        self, lock: Callable[[], AbstractContextManager[object]], gate: Gate = open_gate
    ) -> None:
        self.providers: dict[str, ProviderRow] = {}
        self.consumers: dict[str, Allocation] = {}
        self.classes = set(os_resource_classes.STANDARDS)
        self.known_traits = set(os_traits.get_traits())
        self.gate = gate
        self._lock = lock()

    @contextmanager
    def during(self, operation: str) -> Iterator[None]:
        """Alone with the state, unless the gate objects."""
        self.gate(f"placement.{operation}")
        with self._lock:
            yield

    def provider(self, provider_id: str) -> ProviderRow:
        try:
            return self.providers[provider_id]
        except KeyError:
            raise ProviderNotFound(provider_id=provider_id) from None

    def trees(self) -> dict[str, list[ProviderRow]]:
        """Providers by root."""
        found: dict[str, list[ProviderRow]] = defaultdict(list)
        for row in self.providers.values():
            found[row.root_id].append(row)
        return found

    def lineage(self, row: ProviderRow) -> list[str]:
        """Its id, its parent's, and so on up."""
        chain = [row.id]
        while row.parent_id is not None:
            row = self.providers[row.parent_id]
            chain.append(row.id)
        return chain

    def require_classes(self, names: Iterable[str]) -> None:
        unknown = set(names) - self.classes
        if unknown:
            raise PlacementRefused(reason=f"Unknown resource class in {sorted(unknown)}")

    def add_usage(self, resources: Mapping[str, Resources], sign: int) -> None:
        for provider_id, amounts in resources.items():
            row = self.providers.get(provider_id)
            if row is not None:
                for name, amount in amounts.items():
                    row.used[name] += sign * amount
