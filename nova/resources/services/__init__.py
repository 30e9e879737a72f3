"""The processes of the cloud and the zones they are in: /os-services, /os-availability-zone."""

from nova.core.call import Route
from nova.resources.services import availability_zones, changing, listing, removing

routes: tuple[Route, ...] = (
    *listing.ROUTES, *changing.ROUTES, *removing.ROUTES, *availability_zones.ROUTES,
)
