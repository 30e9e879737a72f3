"""Ending servers, at once or after a while, and thinking better of it."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.delete import face, restore
from nova.servers.delete.delete import DELETE
from nova.servers.delete.force import ForceDelete
from nova.servers.delete.soft import SOFT_DELETE

ACTIONS: tuple[Action, ...] = (ForceDelete(),)
VARIANTS: tuple[Action, ...] = (DELETE, SOFT_DELETE, restore.RESTORE, restore.RESTORE_RECORD)
ROUTES: tuple[Route, ...] = (*face.ROUTES, *restore.ROUTES)
