"""How much a project may have: /limits, /os-quota-sets, /os-quota-class-sets."""

from nova.core.call import Route
from nova.resources.quotas import classes, sets, shown

routes: tuple[Route, ...] = (*shown.ROUTES, *sets.ROUTES, *classes.ROUTES)
