"""Nouns of the API that are not servers, a package or a module each."""

from nova.core.call import Route
from nova.resources import flavors

routes: tuple[Route, ...] = (
    *flavors.routes,
)
