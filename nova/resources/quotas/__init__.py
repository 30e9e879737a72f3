"""How much a project may have: /limits."""

from nova.resources.quotas.shown import ROUTES as routes

__all__ = ["routes"]
