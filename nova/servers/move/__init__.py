"""Moving servers between hosts."""

from nova.core.call import Route
from nova.servers.move import migrations

ROUTES: tuple[Route, ...] = migrations.ROUTES
