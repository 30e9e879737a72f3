"""The placement service in memory: all of its behaviour, no socket."""

from nova.clients.placement.memory.allocations import MemoryAllocations
from nova.clients.placement.memory.facts import MemoryNames, MemoryProviderFacts
from nova.clients.placement.memory.providers import MemoryProviders
from nova.clients.placement.memory.search import MemorySearch
from nova.clients.placement.memory.state import PlacementState


class PlacementMemory:
    """PlacementService over a state that other clients may share."""

    def __init__(self, state: PlacementState) -> None:
        self.search = MemorySearch(state)
        self.allocations = MemoryAllocations(state)
        self.providers = MemoryProviders(state)
        self.facts = MemoryProviderFacts(state)
        self.names = MemoryNames(state)


__all__ = ["PlacementMemory", "PlacementState"]
