"""What servers get and lose while they exist: interfaces and addresses."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.attach import fixed_ips, floating_ips, interfaces, shares, volumes
from nova.servers.attach.attach_interface import ATTACH
from nova.servers.attach.detach_interface import DETACH

VARIANTS: tuple[Action, ...] = (ATTACH, DETACH)
ROUTES: tuple[Route, ...] = (
    *interfaces.ROUTES, *fixed_ips.ROUTES, *floating_ips.ROUTES,
    *shares.ROUTES, *volumes.ROUTES,
)
