"""Moving servers between hosts."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.move import migrations, refused

ACTIONS: tuple[Action, ...] = refused.ACTIONS
ROUTES: tuple[Route, ...] = migrations.ROUTES
