"""Other services' things, as they could once be had here."""

from nova.core.call import Route
from nova.resources.proxies import (
    baremetal_nodes,
    floating_ips,
    image_metadata,
    images,
    networks,
    rules,
    security_groups,
    snapshots,
    volumes,
)

routes: tuple[Route, ...] = (
    *baremetal_nodes.ROUTES,
    *floating_ips.ROUTES,
    *image_metadata.ROUTES,
    *images.ROUTES,
    *networks.ROUTES,
    *rules.ROUTES,
    *security_groups.ROUTES,
    *snapshots.ROUTES,
    *volumes.ROUTES,
)
