"""What changes or shows only the record."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.record import (
    addresses,
    external_events,
    listing,
    metadata,
    security_groups,
    server_password,
    show,
    tags,
    timeline,
    topology,
)
from nova.servers.record.lock import Lock, Unlock
from nova.servers.record.show import after_change
from nova.servers.record.view import VIEW_POLICIES

ACTIONS: tuple[Action, ...] = (Lock(), Unlock())
ROUTES: tuple[Route, ...] = (
    *listing.ROUTES,
    *show.ROUTES,
    *metadata.ROUTES,
    *tags.ROUTES,
    *timeline.ROUTES,
    *addresses.ROUTES,
    *external_events.ROUTES,
    *security_groups.ROUTES,
    *topology.ROUTES,
    *server_password.ROUTES,
)

__all__ = ["ACTIONS", "ROUTES", "VIEW_POLICIES", "after_change"]
