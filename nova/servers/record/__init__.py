"""What changes or shows only the record."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.record import show
from nova.servers.record.lock import Lock, Unlock

ACTIONS: tuple[Action, ...] = (Lock(), Unlock())
ROUTES: tuple[Route, ...] = (*show.ROUTES,)
