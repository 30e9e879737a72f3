"""Nouns of the API that are not servers, a package or a module each."""

from nova.core.call import Route
from nova.resources import (
    aggregates,
    audit_log,
    extensions,
    flavors,
    hosts,
    hypervisors,
    keypairs,
    migrations,
    quotas,
    server_groups,
    services,
    tenant_usage,
)

routes: tuple[Route, ...] = (
    *aggregates.routes,
    *audit_log.routes,
    *extensions.routes,
    *flavors.routes,
    *hosts.routes,
    *hypervisors.routes,
    *keypairs.routes,
    *migrations.routes,
    *quotas.routes,
    *server_groups.routes,
    *services.routes,
    *tenant_usage.routes,
)
