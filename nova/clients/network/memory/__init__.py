"""The network service in memory: all of its behaviour, no socket."""

from nova.clients.network.memory.networks import (
    MemoryFloatingIps,
    MemoryNetworks,
    MemorySecurityGroups,
)
from nova.clients.network.memory.ports import MemoryBindings, MemoryPorts
from nova.clients.network.memory.state import NetworkState


class NetworkMemory:
    """NetworkService over a state that other clients may share."""

    def __init__(self, state: NetworkState) -> None:
        self.networks = MemoryNetworks(state)
        self.ports = MemoryPorts(state)
        self.bindings = MemoryBindings(state)
        self.security_groups = MemorySecurityGroups(state)
        self.floating_ips = MemoryFloatingIps(state)


__all__ = ["NetworkMemory", "NetworkState"]
