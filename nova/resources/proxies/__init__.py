"""Other services' things, as they could once be had here."""

from nova.core.call import Route
from nova.resources.proxies import snapshots, volumes

routes: tuple[Route, ...] = (*snapshots.ROUTES, *volumes.ROUTES)
