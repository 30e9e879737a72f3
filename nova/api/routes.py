"""Everything the API answers to, in one tuple."""

from nova import resources, servers
from nova.api.root import ROUTES
from nova.core.call import Route


def all_routes() -> tuple[Route, ...]:
    return (
        *ROUTES, *resources.routes, *servers.routes, *resources.additions, *servers.additions
    )
