"""GET /os-hypervisors and /os-hypervisors/detail"""

from typing import Any

from nova.core.call import Call, Handler, Route
from nova.core.paging import cut
from nova.core.policy import ADMIN, Policy
from nova.core.shape import (
    BOOLEAN,
    LIMIT,
    MARKER,
    Field,
    Versioned,
    once,
    query,
    string,
    truth,
)
from nova.errors import Invalid
from nova.microversions import BASE, HYPERVISOR_PAGES, HYPERVISOR_UPTIME, SERVICE_UUIDS
from nova.resources.hypervisors.found import (
    Hypervisor,
    NoneMatches,
    everywhere,
    one_page,
    with_servers,
)
from nova.resources.hypervisors.uptime import with_uptimes
from nova.resources.hypervisors.views import full, short
from nova.seams import ApiSeams

OLD_RULE = ("os_compute_api:os-hypervisors", "rule:admin_api")
PATTERN = string(min=1, max=255, pattern="^[a-zA-Z0-9-._]*$")


class PagingWithPattern(Invalid):
    template = (
        "Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not "
        "supported."
    )


LIST = Versioned((
    (BASE, query(closed=False)),
    (HYPERVISOR_PAGES, query(LIMIT, MARKER, closed=False)),
    (SERVICE_UUIDS, query(
        Field("limit", once(LIMIT.shape)), Field("marker", once(MARKER.shape)),
        Field("hypervisor_hostname_pattern", once(PATTERN)),
        Field("with_servers", once(BOOLEAN)),
    )),
))


def _list(call: Call[ApiSeams]) -> Any:
    found, more = _found(call)
    return _answer(call, [short(call, each) for each in found], found, more)


def _detail(call: Call[ApiSeams]) -> Any:
    found, more = _found(call)
    if call.has(HYPERVISOR_UPTIME):
        found = with_uptimes(call, found)
    return _answer(call, [full(call, each) for each in found], found, more)


def _found(call: Call[ApiSeams]) -> tuple[list[Hypervisor], bool]:
    pattern = call.parameter("hypervisor_hostname_pattern")
    if pattern is not None:
        found, more = _matching(call, pattern), False
    elif call.has(HYPERVISOR_PAGES):
        found, more = one_page(call, cut(call, call.seams.conf.api.max_limit))
    else:
        found, more = everywhere(call), False
    if truth(call.parameter("with_servers")):
        found = with_servers(found)
    return found, more


def _matching(call: Call[ApiSeams], pattern: str) -> list[Hypervisor]:
    if "limit" in call.query or "marker" in call.query:
        raise PagingWithPattern
    found = everywhere(call, pattern)
    if not found:
        raise NoneMatches(pattern=pattern)
    return found


def _answer(call: Call[Any], shown: list[Any], found: list[Hypervisor], more: bool) -> Any:
    answer: dict[str, Any] = {"hypervisors": shown}
    if more:
        answer["hypervisors_links"] = [
            call.next_link(str(found[-1].id(call.has(SERVICE_UUIDS))))
        ]
    return answer


def _route(path: str, handler: Handler, rule: str, purpose: str) -> Route:
    policy = Policy(f"os-hypervisors:{rule}", ADMIN, purpose, deprecated=OLD_RULE)
    return Route("GET", path, handler, policy, query=LIST)


ROUTES = (
    _route("/os-hypervisors", _list, "list", "List hypervisors"),
    _route("/os-hypervisors/detail", _detail, "list-detail", "List hypervisors with details"),
)
