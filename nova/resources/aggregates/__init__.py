"""Groups of hosts: /os-aggregates."""

from nova.core.call import Route
from nova.resources.aggregates import changing, images, looking, members

routes: tuple[Route, ...] = (
    *looking.ROUTES, *changing.ROUTES, *images.ROUTES, *members.ROUTES,
)
