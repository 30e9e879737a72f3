"""Lists of servers, over all cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nova.core.call import Call, Route
from nova.core.paging import Cut, cut
from nova.core.policy import ADMIN, READER, Policy
from nova.errors import Refused, Unavailable
from nova.microversions import CELLS_DOWN, LOCK_REASON, STRICT_PARAMETERS
from nova.objects.cloud import InstanceMapping
from nova.objects.server import Instance
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import Page
from nova.seams import ApiSeams
from nova.servers.record.beside import beside_of
from nova.servers.record.filters import ALL_FILTERS, QUERY, SORT_IGNORED, asked_filter
from nova.servers.record.pending import pending
from nova.servers.record.silent import brief, known
from nova.servers.record.view import VIEW_POLICIES, all_full, short

INDEX = Policy("servers:index", READER, "List servers")
INDEX_ALL = Policy(
    "servers:index:get_all_tenants", ADMIN, "List the servers of all projects"
)
DETAIL = Policy("servers:detail", READER, "List servers with details")
DETAIL_ALL = Policy(
    "servers:detail:get_all_tenants", ADMIN, "List the servers of all projects with details"
)
HOST_KEYS = ("host", "node")
UNKNOWN_DIRECTION = "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'"


class CellsSilent(Unavailable):
    """A list would not be complete."""




@dataclass(frozen=True)
class Found:
    """One page: `more` when it is full; `unknown` live in cells that did not answer."""

    servers: list[Instance]
    more: bool = False
    unknown: Sequence[InstanceMapping] = ()


def list_servers(call: Call[ApiSeams]) -> Any:
    call.enforce(INDEX)
    found = _found(call, INDEX_ALL, detail=False)
    return _answer(call, found, [short(call, one) for one in found.servers], brief)


def detail_servers(call: Call[ApiSeams]) -> Any:
    call.enforce(DETAIL)
    found = _found(call, DETAIL_ALL, detail=True)
    beside = beside_of(call, found.servers)
    return _answer(call, found, all_full(call, found.servers, beside), known)


def _found(call: Call[ApiSeams], all_tenants: Policy, *, detail: bool) -> Found:
    asked = asked_filter(call, all_tenants)
    page = _cut(call)
    if asked.nothing or page.limit == 0:
        return Found([])
    waiting = pending(call, asked.wanted, page)
    rest = Page(page.limit - len(waiting), page.marker, page.keys, page.directions)
    if rest.limit == 0:
        return Found(waiting, more=True)
    within = _cells(call, asked.wanted)
    found, silent = call.seams.stores.servers(asked.wanted, rest, detail=detail, within=within)
    _refuse_silence(call, silent)
    coming = {one.uuid for one in waiting}
    servers = waiting + [one for one in found if one.uuid not in coming]
    unknown = _unknown(call, silent, asked.wanted, page.limit - len(servers))
    return Found(servers, len(found) == rest.limit, unknown)


def _cells(call: Call[ApiSeams], wanted: InstanceFilter) -> list[str] | None:
    """With many cells, and few projects in each, it is cheaper to ask first which cells a
    project has servers in."""
    if not call.seams.conf.api.instance_list_per_project_cells or wanted.project_id is None:
        return None
    return call.seams.stores.api.mappings.cells_of_project(wanted.project_id)


def _cut(call: Call[ApiSeams]) -> Cut:
    """The page asked for; keys that mean nothing are left out with their directions."""
    page = cut(call, call.seams.conf.api.max_limit, "created_at", "desc")
    for way in page.directions:
        if way not in ("asc", "desc"):
            raise Refused(code=400, message=UNKNOWN_DIRECTION)
    for key in page.keys:
        if key in HOST_KEYS and not call.context.is_admin:
            raise Refused(code=403, message=f"Only administrators can sort servers by {key}")
    ways = {_column(key): way for key, way in zip(page.keys, page.directions, strict=True)
            if _orders(call, key)}
    return replace(page, keys=tuple(ways), directions=tuple(ways.values()))


def _orders(call: Call[ApiSeams], key: str) -> bool:
    if key == "locked":
        return call.has(LOCK_REASON)
    return call.has(STRICT_PARAMETERS) or key not in SORT_IGNORED


def _column(key: str) -> str:
    """`locked` orders by who locked."""
    return "locked_by" if key == "locked" else key


def _refuse_silence(call: Call[ApiSeams], silent: list[str]) -> None:
    """Operators may prefer no list to one with gaps."""
    if silent and not call.seams.conf.api.list_records_by_skipping_down_cells:
        raise CellsSilent(service="A cell", reason="list_records_by_skipping_down_cells is off")


def _unknown(
    call: Call[ApiSeams], silent: list[str], wanted: InstanceFilter, room: int
) -> Sequence[InstanceMapping]:
    """Of silent cells the API database knows which servers there are, but not whether they
    fit a filter: then they are left out."""
    everything = wanted == InstanceFilter(project_id=wanted.project_id)
    if not silent or room < 1 or not everything or not call.has(CELLS_DOWN):
        return ()
    return call.seams.stores.api.mappings.of_cells(silent, wanted.project_id, room)


def _answer(
    call: Call[ApiSeams], found: Found, shown: list[dict[str, Any]],
    show_unknown: Callable[[Call[ApiSeams], InstanceMapping], dict[str, Any]],
) -> dict[str, Any]:
    body: dict[str, Any] = {"servers": shown}
    body["servers"] += [show_unknown(call, one) for one in found.unknown]
    if found.more and found.servers:
        body["servers_links"] = [call.next_link(found.servers[-1].uuid)]
    return body


_MORE = (ALL_FILTERS,)
ROUTES = (
    Route("GET", "/servers", list_servers, query=QUERY, policies=(INDEX, INDEX_ALL, *_MORE)),
    Route("GET", "/servers/detail", detail_servers, query=QUERY,
          policies=(DETAIL, DETAIL_ALL, *_MORE, *VIEW_POLICIES)),
)
