"""The network service over HTTP."""

from nova.clients.network.neutron.service import Neutron, connect

__all__ = ["Neutron", "connect"]
