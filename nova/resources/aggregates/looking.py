"""Listing and showing aggregates."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.policy import ADMIN, Policy
from nova.core.shape import NO_QUERY
from nova.core.view import Shown, view
from nova.errors import Invalid
from nova.microversions import AGGREGATE_UUID
from nova.objects.cloud import Aggregate
from nova.objects.store.errors import AggregateNotFound
from nova.seams import ApiSeams

ZONE = "availability_zone"
# The largest id that every database keeps.
_LARGEST_ID = 2**31 - 1


class IdInvalid(Invalid):
    template = "Invalid input received: id must be an integer"


MADE: tuple[Shown[Aggregate], ...] = (
    Shown("id", lambda a: a.id),
    Shown("uuid", lambda a: a.uuid, since=AGGREGATE_UUID),
    Shown("name", lambda a: a.name),
    Shown(ZONE, lambda a: a.availability_zone),
    Shown("created_at", lambda a: microseconds(a.created_at)),
    Shown("updated_at", lambda a: microseconds(a.updated_at)),
    Shown("deleted", lambda a: False),
    Shown("deleted_at", lambda a: None),
)
WHOLE: tuple[Shown[Aggregate], ...] = (
    *MADE,
    Shown("hosts", lambda a: a.hosts),
    Shown("metadata", lambda a: a.metadata),
)


def shown(call: Call[Any], aggregate: Aggregate) -> Any:
    return {"aggregate": view(WHOLE, aggregate, call.version)}


def aggregate_id(call: Call[Any]) -> int:
    text = call.params["id"]
    try:
        number = int(text)
    except ValueError:
        raise IdInvalid from None
    if not 0 <= number <= _LARGEST_ID:
        raise AggregateNotFound(aggregate_id=text)
    return number


def aggregate(call: Call[ApiSeams]) -> Aggregate:
    """The one that the path names; 400 or 404."""
    return call.seams.stores.api.aggregates.get(aggregate_id(call))


def _list(call: Call[ApiSeams]) -> Any:
    found = call.seams.stores.api.aggregates.find()
    return {"aggregates": [view(WHOLE, each, call.version) for each in found]}


def _show(call: Call[ApiSeams]) -> Any:
    return shown(call, aggregate(call))


ROUTES = (
    Route(
        "GET", "/os-aggregates", _list,
        Policy("os-aggregates:index", ADMIN, "List aggregates"), query=NO_QUERY,
    ),
    Route(
        "GET", "/os-aggregates/{id}", _show,
        Policy("os-aggregates:show", ADMIN, "Show an aggregate"), query=NO_QUERY,
    ),
)
