"""Lists of servers, over all cells."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.paging import Cut, cut
from nova.core.policy import ADMIN, READER, Policy
from nova.errors import Refused
from nova.microversions import CELLS_DOWN
from nova.objects.server import Instance
from nova.objects.store.page import Page
from nova.seams import ApiSeams
from nova.servers.record.beside import beside_of
from nova.servers.record.filters import ALL_FILTERS, QUERY, asked_filter
from nova.servers.record.pending import pending
from nova.servers.record.view import VIEW_POLICIES, full, short, unreachable

INDEX = Policy("servers:index", READER, "List servers")
INDEX_ALL = Policy(
    "servers:index:get_all_tenants", ADMIN, "List the servers of all projects"
)
DETAIL = Policy("servers:detail", READER, "List servers with details")
DETAIL_ALL = Policy(
    "servers:detail:get_all_tenants", ADMIN, "List the servers of all projects with details"
)
HOST_KEYS = ("host", "node")


def list_servers(call: Call[ApiSeams]) -> Any:
    call.enforce(INDEX)
    found, page, down = _found(call, INDEX_ALL, detail=False)
    return _answer(call, [short(call, one) for one in found], found, page, down)


def detail_servers(call: Call[ApiSeams]) -> Any:
    call.enforce(DETAIL)
    found, page, down = _found(call, DETAIL_ALL, detail=True)
    beside = beside_of(call, found)
    return _answer(call, [full(call, one, beside) for one in found], found, page, down)


def _found(
    call: Call[ApiSeams], all_tenants: Policy, *, detail: bool
) -> tuple[list[Instance], Cut, list[str]]:
    asked = asked_filter(call, all_tenants)
    page = cut(call, call.seams.conf.api.max_limit, "created_at", "desc")
    _refuse_host_keys(call, page)
    if asked.nothing or page.limit == 0:
        return [], page, []
    waiting = pending(call, asked.wanted, page)
    rest = Page(page.limit - len(waiting), page.marker, *_order(page))
    if rest.limit == 0:
        return waiting, page, []
    found, down = call.seams.stores.servers(asked.wanted, rest, detail=detail)
    known = {one.uuid for one in waiting}
    return waiting + [one for one in found if one.uuid not in known], page, down


def _order(page: Cut) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`locked` orders by who locked."""
    return tuple("locked_by" if k == "locked" else k for k in page.keys), page.directions


def _refuse_host_keys(call: Call[ApiSeams], page: Cut) -> None:
    for key in page.keys:
        if key in HOST_KEYS and not call.context.is_admin:
            message = f"Only administrators can sort servers by {key}"
            raise Refused(code=403, message=message)


def _answer(
    call: Call[ApiSeams], shown: list[dict[str, Any]], found: list[Instance], page: Cut,
    down: list[str],
) -> dict[str, Any]:
    body: dict[str, Any] = {"servers": shown}
    if down and call.has(CELLS_DOWN):
        body["servers"] = shown + _of_silent_cells(call, down, page.limit - len(shown))
    if found and len(found) == page.limit:
        body["servers_links"] = [call.next_link(found[-1].uuid)]
    return body


def _of_silent_cells(
    call: Call[ApiSeams], cells: list[str], limit: int
) -> list[dict[str, Any]]:
    """What the API database knows of servers whose cell does not answer."""
    project = call.context.project_id or ""
    mappings = call.seams.stores.api.mappings.of_cells(cells, project, max(limit, 0))
    return [unreachable(call, m.instance_uuid, m.project_id, None, None) for m in mappings]


_MORE = (ALL_FILTERS,)
ROUTES = (
    Route("GET", "/servers", list_servers, query=QUERY, policies=(INDEX, INDEX_ALL, *_MORE)),
    Route("GET", "/servers/detail", detail_servers, query=QUERY,
          policies=(DETAIL, DETAIL_ALL, *_MORE, *VIEW_POLICIES)),
)

