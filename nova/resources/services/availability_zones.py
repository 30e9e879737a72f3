"""GET /os-availability-zone: which zones there are, and for administrators what is in them."""

from collections.abc import Iterable
from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.policy import ADMIN, ANYONE, Policy
from nova.core.shape import NO_QUERY
from nova.objects.host import Service
from nova.resources.services.liveness import is_up
from nova.resources.services.lookup import all_services
from nova.resources.services.zones import Zones, read_zones
from nova.seams import ApiSeams

ByZone = dict[str, list[Service]]


def _list(call: Call[ApiSeams]) -> Any:
    zones, enabled, disabled = _sorted(call)
    names = [*_entries(enabled, True), *_entries(disabled, False)]
    return _answer(entry for entry in names if entry["zoneName"] != zones.internal)


def _detail(call: Call[ApiSeams]) -> Any:
    _, enabled, disabled = _sorted(call)
    available = _entries(enabled, True)
    for entry in available:
        entry["hosts"] = _hosts(call, enabled[entry["zoneName"]])
    return _answer([*available, *_entries(disabled, False)])


def _sorted(call: Call[ApiSeams]) -> tuple[Zones, ByZone, ByZone]:
    """The zones with an enabled service, and those where all are disabled."""
    zones = read_zones(call.seams.conf, call.seams.stores)
    enabled: ByZone = {}
    disabled: ByZone = {}
    for service in all_services(call).services:
        where = disabled if service.disabled else enabled
        where.setdefault(zones.of_service(service), []).append(service)
    only_disabled = {zone: found for zone, found in disabled.items() if zone not in enabled}
    return zones, enabled, only_disabled


def _entries(zones: Iterable[str], available: bool) -> list[dict[str, Any]]:
    return [
        {"zoneName": zone, "zoneState": {"available": available}, "hosts": None}
        for zone in sorted(zones)
    ]


def _hosts(call: Call[ApiSeams], services: list[Service]) -> dict[str, Any]:
    now, hosts = call.seams.clock.now(), dict[str, Any]()
    for service in services:
        hosts.setdefault(service.host, {})[service.binary] = {
            "active": not service.disabled,
            "available": is_up(service, now, call.seams.conf),
            "updated_at": microseconds(service.last_seen_up or service.updated_at),
        }
    return hosts


def _answer(entries: Iterable[dict[str, Any]]) -> Any:
    return {"availabilityZoneInfo": list(entries)}


ROUTES = (
    Route(
        "GET", "/os-availability-zone", _list,
        Policy("os-availability-zone:list", ANYONE, "List availability zones"), query=NO_QUERY,
    ),
    Route(
        "GET", "/os-availability-zone/detail", _detail,
        Policy("os-availability-zone:detail", ADMIN,
               "List availability zones with their hosts and services"),
        query=NO_QUERY,
    ),
)
