"""GET /os-services"""

from dataclasses import dataclass
from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.policy import ADMIN, Policy
from nova.core.shape import Field, query, string
from nova.core.view import Shown, before, view
from nova.microversions import CELLS_DOWN, FORCE_DOWN, SERVICE_UUIDS, STRICT_PARAMETERS
from nova.objects.host import Service
from nova.resources.services.liveness import state_of
from nova.resources.services.lookup import OLD_RULE, all_services
from nova.resources.services.zones import COMPUTE, Zones, read_zones
from nova.seams import ApiSeams


@dataclass(frozen=True)
class Seen:
    """A service with what is known of it only here and now."""

    service: Service
    zone: str
    state: str


def status_of(service: Service) -> str:
    return "disabled" if service.disabled else "enabled"


_SHOWN: tuple[Shown[Seen], ...] = (
    Shown("id", lambda s: s.service.id, until=before(SERVICE_UUIDS)),
    Shown("id", lambda s: s.service.uuid, since=SERVICE_UUIDS),
    Shown("binary", lambda s: s.service.binary),
    Shown("host", lambda s: s.service.host),
    Shown("zone", lambda s: s.zone),
    Shown("status", lambda s: status_of(s.service)),
    Shown("state", lambda s: s.state),
    Shown("updated_at", lambda s: microseconds(s.service.last_seen_up or s.service.updated_at)),
    Shown("disabled_reason", lambda s: s.service.disabled_reason),
    Shown("forced_down", lambda s: s.service.forced_down, since=FORCE_DOWN),
)


def shown(call: Call[ApiSeams], service: Service, zones: Zones) -> dict[str, Any]:
    state = state_of(service, call.seams.clock.now(), call.seams.conf)
    return view(_SHOWN, Seen(service, zones.of_service(service), state), call.version)


def _list(call: Call[ApiSeams]) -> Any:
    host, binary = call.parameter("host"), call.parameter("binary")
    found = all_services(call, host, binary)
    zones = read_zones(call.seams.conf, call.seams.stores)
    services = [shown(call, service, zones) for service in found.services]
    if call.has(CELLS_DOWN) and found.silent and binary in (None, COMPUTE):
        services.extend(_unknown(call, found.silent, host))
    return {"services": services}


def _unknown(call: Call[ApiSeams], cells: list[str], host: str | None) -> list[dict[str, Any]]:
    """What is known without asking the cell: which hosts it has."""
    return [
        {"binary": COMPUTE, "host": mapping.host, "status": "UNKNOWN"}
        for cell in cells
        for mapping in call.seams.stores.api.hosts.find(cell)
        if host in (None, mapping.host)
    ]


ROUTES = (
    Route(
        "GET", "/os-services", _list,
        Policy("os-services:list", ADMIN, "List all services", deprecated=OLD_RULE),
        query=query(
            Field("host", string()), Field("binary", string()), closed=STRICT_PARAMETERS
        ),
    ),
)
