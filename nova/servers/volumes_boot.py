"""The other name of /servers, from the days when booting from a volume was an extension."""

from collections.abc import Iterable
from dataclasses import replace

from nova.core.call import Route
from nova.core.view import before
from nova.microversions import VOLUMES_BOOT_GONE

OWN, OTHER = "/servers", "/os-volumes_boot"
LAST = before(VOLUMES_BOOT_GONE)
PATHS = (OWN, f"{OWN}/detail", f"{OWN}/{{id}}")
# Actions that were there before actions could be added from outside.
ACTIONS = (
    "confirmResize", "revertResize", "reboot", "resize", "rebuild", "createImage", "os-start",
    "os-stop", "trigger_crash_dump",
)


def aliases(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The same routes under the other name, as long as there was one."""
    return tuple(
        replace(
            route,
            path=route.path.replace(OWN, OTHER, 1),
            until=LAST if route.until is None else min(route.until, LAST),
        )
        for route in routes
        if (route.path in PATHS or route.action in ACTIONS) and route.since <= LAST
    )
