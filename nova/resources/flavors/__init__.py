"""Sizes on offer: /flavors."""

from nova.core.call import Route
from nova.resources.flavors import access, catalogue, changing, specs

routes: tuple[Route, ...] = (
    *catalogue.ROUTES, *changing.ROUTES, *specs.ROUTES, *access.ROUTES,
)
