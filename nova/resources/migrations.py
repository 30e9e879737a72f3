"""/os-migrations: moves of servers between hosts."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import microseconds, parse_time
from nova.core.paging import amount
from nova.core.policy import ADMIN, MANAGER, Policy
from nova.core.shape import LIMIT, MARKER, Field, once, query, string, truth
from nova.core.view import Shown, view
from nova.errors import Invalid, Refused
from nova.microversions import (
    CHANGES_BEFORE,
    MIGRATION_OWNER,
    MIGRATION_PAGES,
    SERVER_MIGRATIONS,
)
from nova.objects.beside import Migration
from nova.objects.store.beside import MigrationFilter
from nova.objects.store.page import Page
from nova.seams import ApiSeams

_OLD = ("os_compute_api:os-migrations:index", ADMIN)
INDEX = Policy("os-migrations:index", MANAGER, "List migrations, without hosts")
ALL_PROJECTS = Policy(
    "os-migrations:index:all_projects", ADMIN, "List migrations of other projects",
    deprecated=_OLD,
)
HOSTS = Policy(
    "os-migrations:index:host", ADMIN, "List migrations with their hosts", deprecated=_OLD
)
LIVE = "live-migration"
# A live migration that has one of these can be looked at under its server.
IN_PROGRESS = ("queued", "preparing", "running", "post-migrating")
LATER = "The value of changes-since must be less than or equal to changes-before."
# Columns that a query parameter of the same name narrows.
_EXACT = ("source_compute", "status", "instance_uuid", "migration_type", "user_id", "project_id")
_TELL_HOSTS = frozenset({"host", "source_compute"})
PLACES = ("source_compute", "source_node", "dest_compute", "dest_node", "dest_host")


class MigrationMarkerNotFound(Invalid):
    template = "Marker {marker} could not be found."


_TIME = once(string(format="date-time"))
LIST = query(
    *(Field(name, string()) for name in (
        "hidden", "host", "instance_uuid", "migration_type", "source_compute", "status",
    )),
    Field("limit", once(LIMIT.shape), since=MIGRATION_PAGES),
    Field("marker", once(MARKER.shape), since=MIGRATION_PAGES),
    Field("changes-since", _TIME, since=MIGRATION_PAGES),
    Field("changes-before", _TIME, since=CHANGES_BEFORE),
    Field("user_id", once(string()), since=MIGRATION_OWNER),
    Field("project_id", once(string()), since=MIGRATION_OWNER),
    closed=MIGRATION_PAGES,
)  # fmt: skip
_SHOWN: tuple[Shown[Migration], ...] = (
    Shown("id", lambda m: m.id),
    Shown("uuid", lambda m: m.uuid, since=MIGRATION_PAGES),
    Shown("instance_uuid", lambda m: m.instance_uuid),
    Shown("status", lambda m: m.status),
    Shown("migration_type", lambda m: m.migration_type, since=SERVER_MIGRATIONS),
    Shown("old_instance_type_id", lambda m: m.old_instance_type_id),
    Shown("new_instance_type_id", lambda m: m.new_instance_type_id),
    Shown("created_at", lambda m: microseconds(m.created_at)),
    Shown("updated_at", lambda m: microseconds(m.updated_at)),
    Shown("user_id", lambda m: m.user_id, since=MIGRATION_OWNER),
    Shown("project_id", lambda m: m.project_id, since=MIGRATION_OWNER),
)


def _list(call: Call[ApiSeams]) -> Any:
    owner = _owner(call)
    hosts_told = call.allows(HOSTS)
    page = _page(call)
    found = [] if _asks_for_hosts(call) and not hosts_told else _find(call, owner, page)
    answer: dict[str, Any] = {"migrations": [_shown(call, one, hosts_told) for one in found]}
    if call.has(MIGRATION_PAGES) and found and len(found) == page.limit:
        answer["migrations_links"] = [call.next_link(found[-1].uuid)]
    return answer


def _owner(call: Call[ApiSeams]) -> str | None:
    """Whose migrations the caller sees; None: everybody's."""
    asked, own = call.parameter("project_id"), call.context.project_id
    if asked is not None and asked != own:
        call.enforce(ALL_PROJECTS, {"project_id": asked})
        return asked
    return asked if call.allows(ALL_PROJECTS) else own


def _asks_for_hosts(call: Call[ApiSeams]) -> bool:
    """Whose hosts one may not see cannot be guessed by filters either."""
    return any(name in call.query for name in _TELL_HOSTS)


def _find(call: Call[ApiSeams], owner: str | None, page: Page) -> list[Migration]:
    """Newest first, from all cells that answer."""
    wanted = _wanted(call, owner)
    answers = call.seams.stores.each(lambda cell: cell.migrations.find(wanted, page)).values()
    found = [one for answer in answers if isinstance(answer, list) for one in answer]
    found.sort(key=lambda one: (one.created_at, one.id), reverse=True)
    return found[: page.limit]


def _wanted(call: Call[ApiSeams], owner: str | None) -> MigrationFilter:
    exact: dict[str, Any] = {
        name: values[-1] for name, values in call.query.items() if name in _EXACT
    }
    if owner is not None:
        exact["project_id"] = owner
    hidden = call.parameter("hidden")
    if hidden is not None:
        exact["hidden"] = truth(hidden)
    since, until = (_moment(call, name) for name in ("changes-since", "changes-before"))
    if since and until and since > until:
        raise Refused(code=400, message=LATER)
    return MigrationFilter(exact, call.parameter("host"), since, until)


def _moment(call: Call[ApiSeams], name: str) -> Any:
    text = call.parameter(name)
    return None if text is None else parse_time(text)


def _page(call: Call[ApiSeams]) -> Page:
    if not call.has(MIGRATION_PAGES):
        return Page()
    most = call.seams.conf.api.max_limit
    return Page(min(amount(call, "limit", most), most), after=_place(call))


def _place(call: Call[ApiSeams]) -> Mapping[str, Any] | None:
    marker = call.parameter("marker")
    if marker is None:
        return None
    answers = call.seams.stores.each(lambda cell: cell.migrations.get(marker)).values()
    for found in answers:
        if isinstance(found, Migration):
            return {"created_at": found.created_at, "id": found.id}
    raise MigrationMarkerNotFound(marker=marker)


def places_shown(migration: Migration, told: bool) -> dict[str, str | None]:
    return {name: getattr(migration, name) if told else None for name in PLACES}


def _shown(call: Call[ApiSeams], migration: Migration, hosts_told: bool) -> dict[str, Any]:
    shown = view(_SHOWN, migration, call.version) | places_shown(migration, hosts_told)
    under_way = migration.migration_type == LIVE and migration.status in IN_PROGRESS
    if call.has(SERVER_MIGRATIONS) and under_way:
        shown["links"] = call.links(
            "servers", migration.instance_uuid, "migrations", str(migration.id)
        )
    return shown


routes = (
    Route("GET", "/os-migrations", _list, INDEX, query=LIST, policies=(ALL_PROJECTS, HOSTS)),
)
