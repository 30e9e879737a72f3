"""One hypervisor, or those whose name matches."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import ANYTHING, BOOLEAN, Field, Versioned, once, query, truth
from nova.core.view import before
from nova.microversions import BASE, HYPERVISOR_UPTIME, SERVICE_UUIDS
from nova.resources.hypervisors.found import NoneMatches, everywhere, one, with_servers
from nova.resources.hypervisors.listing import OLD_RULE
from nova.resources.hypervisors.uptime import ask, with_uptimes
from nova.resources.hypervisors.views import full, short
from nova.seams import ApiSeams

SHOW = Versioned((
    (BASE, query(closed=False)),
    (SERVICE_UUIDS, query(Field("with_servers", once(BOOLEAN)))),
))


def _show(call: Call[ApiSeams]) -> Any:
    found = [one(call, call.params["id"])]
    if truth(call.parameter("with_servers")):
        found = with_servers(found)
    if call.has(HYPERVISOR_UPTIME):
        found = with_uptimes(call, found)
    return {"hypervisor": full(call, found[0])}


def _uptime(call: Call[ApiSeams]) -> Any:
    found = one(call, call.params["id"])
    return {"hypervisor": short(call, found) | {"uptime": ask(call, found)}}


def _search(call: Call[ApiSeams]) -> Any:
    return {"hypervisors": [short(call, each) for each in _matching(call)]}


def _servers(call: Call[ApiSeams]) -> Any:
    found = with_servers(_matching(call))
    return {"hypervisors": [short(call, each) for each in found]}


def _matching(call: Call[ApiSeams]) -> Any:
    found = everywhere(call, call.params["id"])
    if not found:
        raise NoneMatches(pattern=call.params["id"])
    return found


def _policy(name: str, purpose: str) -> Policy:
    return Policy(f"os-hypervisors:{name}", ADMIN, purpose, deprecated=OLD_RULE)


_ONE = "/os-hypervisors/{id}"
ROUTES = (
    Route("GET", _ONE, _show, _policy("show", "Show a hypervisor"), query=SHOW),
    Route(
        "GET", f"{_ONE}/uptime", _uptime, _policy("uptime", "Show how long a hypervisor is up"),
        query=ANYTHING, until=before(HYPERVISOR_UPTIME),
    ),
    Route(
        "GET", f"{_ONE}/search", _search,
        _policy("search", "Find hypervisors by a part of their name"),
        query=ANYTHING, until=before(SERVICE_UUIDS),
    ),
    Route(
        "GET", f"{_ONE}/servers", _servers,
        _policy("servers", "List the servers of hypervisors found by a part of their name"),
        query=ANYTHING, until=before(SERVICE_UUIDS),
    ),
)
