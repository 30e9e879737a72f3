"""Nouns of the API that are not servers, a package or a module each."""

from nova.core.call import Route
from nova.resources import (
    aggregates,
    extensions,
    flavors,
    hosts,
    hypervisors,
    keypairs,
    quotas,
    server_groups,
    services,
)

routes: tuple[Route, ...] = (
    *aggregates.routes,
    *extensions.routes,
    *flavors.routes,
    *hosts.routes,
    *hypervisors.routes,
    *keypairs.routes,
    *quotas.routes,
    *server_groups.routes,
    *services.routes,
)
