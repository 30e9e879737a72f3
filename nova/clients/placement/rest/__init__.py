"""The placement service over HTTP."""

from nova.clients.placement.rest.service import PlacementRest, connect

__all__ = ["PlacementRest", "connect"]
