"""Groups of hosts: /os-aggregates."""

from nova.core.call import Route
from nova.resources.aggregates import changing, looking, members

routes: tuple[Route, ...] = (*looking.ROUTES, *changing.ROUTES, *members.ROUTES)
