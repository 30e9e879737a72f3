"""Making servers anew, in their places."""

from nova.core.action import Action
from nova.servers.rebuild.rebuild import Rebuild
from nova.servers.rebuild.request import routes

VARIANTS: tuple[Action, ...] = (Rebuild(),)

__all__ = ["VARIANTS", "routes"]
