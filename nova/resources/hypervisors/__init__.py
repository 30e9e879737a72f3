"""Hypervisors: what the hosts of the cloud are and have.  /os-hypervisors."""

from nova.core.call import Route
from nova.resources.hypervisors import listing, looking, totals

routes: tuple[Route, ...] = (*listing.ROUTES, *looking.ROUTES, *totals.ROUTES)
