"""Creating servers: from the request to a running guest."""

from nova.core.action import Action
from nova.servers.create.asking import ROUTES as ADDITIONS
from nova.servers.create.build import Build
from nova.servers.create.request import ROUTES

ACTIONS: tuple[Action, ...] = ()
VARIANTS: tuple[Action, ...] = (Build(),)

__all__ = ["ACTIONS", "ADDITIONS", "ROUTES", "VARIANTS"]
