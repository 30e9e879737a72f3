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
    proxies,
    quotas,
    scheduling,
    server_groups,
    services,
    tenant_usage,
    volume_snapshots,
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
    *proxies.routes,
    *quotas.routes,
    *server_groups.routes,
    *services.routes,
    *tenant_usage.routes,
    *volume_snapshots.routes,
)

# This project's own; see additions.py.
additions: tuple[Route, ...] = scheduling.routes
