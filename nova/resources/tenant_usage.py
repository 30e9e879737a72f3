"""/os-simple-tenant-usage: what projects used in a period."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from nova.core.call import Call, Route
from nova.core.paging import amount
from nova.core.policy import ADMIN, READER, Policy
from nova.core.shape import LIMIT, MARKER, Field, query, string
from nova.errors import Refused
from nova.microversions import STRICT_PARAMETERS, USAGE_PAGES
from nova.objects.beside import Spell
from nova.objects.store.errors import MarkerNotFound
from nova.seams import ApiSeams

LIST = Policy("os-simple-tenant-usage:list", ADMIN, "Show what all projects used")
SHOW = Policy("os-simple-tenant-usage:show", READER, "Show what a project used")
FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f")
MALFORMED = "Datetime is in invalid format"
BACKWARDS = "Invalid start time. The start time cannot occur after the end time."
_PERIOD = (
    Field("start", string()),
    Field("end", string()),
    Field("limit", LIMIT.shape, since=USAGE_PAGES),
    Field("marker", MARKER.shape, since=USAGE_PAGES),
)


@dataclass(frozen=True)
class Period:
    begin: datetime
    end: datetime

    def hours(self, spell: Spell) -> float:
        begin = max(self.begin, spell.launched_at)
        end = min(self.end, spell.terminated_at or self.end)
        return max((end - begin).total_seconds(), 0) / 3600


def _period(call: Call[ApiSeams]) -> Period:
    """From now till now unless the query says otherwise."""
    now = call.seams.clock.now()
    begin, end = _time(call, "start", now), _time(call, "end", now)
    if begin > end:
        raise Refused(code=400, message=BACKWARDS)
    return Period(begin, end)


def _time(call: Call[ApiSeams], name: str, default: datetime) -> datetime:
    text = next(iter(call.query.get(name, ())), None)
    if not text:
        return default
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Refused(code=400, message=MALFORMED)


def _list(call: Call[ApiSeams]) -> Any:
    period = _period(call)
    detailed = next(iter(call.query.get("detailed", ())), "") == "1"
    spells, answer = _page(call, period, None, "tenant_usages_links")
    by_project = groupby(spells, key=lambda spell: spell.project_id)
    answer["tenant_usages"] = [
        _usage(call, period, project, list(own), detailed) for project, own in by_project
    ]
    return answer


def _show(call: Call[ApiSeams]) -> Any:
    project_id = call.params["id"]
    call.enforce(SHOW, {"project_id": project_id})
    period = _period(call)
    spells, answer = _page(call, period, project_id, "tenant_usage_links")
    usage = _usage(call, period, project_id, spells, detailed=True) if spells else {}
    return {"tenant_usage": usage, **answer}


def _page(
    call: Call[ApiSeams], period: Period, project_id: str | None, links: str
) -> tuple[list[Spell], dict[str, Any]]:
    """By project and uuid, from all cells that answer; and the link to the next page."""
    limit, after = None, None
    if call.has(USAGE_PAGES):
        most = call.seams.conf.api.max_limit
        limit, after = min(amount(call, "limit", most), most), _place(call)
    answers = call.seams.stores.each(
        lambda cell: cell.past.spells(period.begin, period.end, project_id, limit, after)
    ).values()
    found = [spell for answer in answers if isinstance(answer, list) for spell in answer]
    found.sort(key=lambda spell: (spell.project_id, spell.uuid))
    page = found[:limit]
    more = limit is not None and page and len(page) == limit
    return page, {links: [call.next_link(page[-1].uuid)]} if more else {}


def _place(call: Call[ApiSeams]) -> tuple[str, str] | None:
    marker = call.parameter("marker")
    if not marker:
        return None
    owners = call.seams.stores.each(lambda cell: cell.past.owner_of(marker)).values()
    for owner in owners:
        if isinstance(owner, str):
            return owner, marker
    raise MarkerNotFound(marker=marker)


def _usage(
    call: Call[ApiSeams], period: Period, project_id: str, spells: list[Spell], detailed: bool
) -> dict[str, Any]:
    def total(of: Callable[[Spell], int]) -> float:
        return float(sum(of(spell) * period.hours(spell) for spell in spells))

    usage: dict[str, Any] = {
        "tenant_id": project_id,
        "start": _plain(period.begin),
        "stop": _plain(period.end),
        "total_hours": total(lambda spell: 1),
        "total_vcpus_usage": total(lambda spell: spell.vcpus),
        "total_memory_mb_usage": total(lambda spell: spell.memory_mb),
        "total_local_gb_usage": total(lambda spell: spell.local_gb),
    }
    if detailed:
        usage["server_usages"] = list(_servers(call.seams.clock.now(), period, spells))
    return usage


def _servers(
    now: datetime, period: Period, spells: Iterable[Spell]
) -> Iterable[dict[str, Any]]:
    for spell in spells:
        ended = spell.terminated_at
        yield {
            "instance_id": spell.uuid,
            "name": spell.name,
            "tenant_id": spell.project_id,
            "flavor": spell.flavor,
            "hours": period.hours(spell),
            "vcpus": spell.vcpus,
            "memory_mb": spell.memory_mb,
            "local_gb": spell.local_gb,
            "started_at": _plain(spell.launched_at),
            "ended_at": _plain(ended) if ended else None,
            "state": "terminated" if ended else spell.vm_state,
            "uptime": max(int(((ended or now) - spell.launched_at).total_seconds()), 0),
        }


def _plain(moment: datetime) -> str:
    """Microseconds, without a zone."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")


routes = (
    Route(
        "GET", "/os-simple-tenant-usage", _list, LIST,
        query=query(Field("detailed", string()), *_PERIOD, closed=STRICT_PARAMETERS),
    ),
    Route(
        "GET", "/os-simple-tenant-usage/{id}", _show,
        query=query(*_PERIOD, closed=STRICT_PARAMETERS), policies=(SHOW,),
    ),
)
