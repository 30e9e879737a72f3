"""Looking at flavors."""

import re
from typing import Any

from oslo_utils import strutils

from nova.core.call import Call, Route
from nova.core.paging import Cut, cut
from nova.core.shape import LIMIT, MARKER, NO_QUERY, Field, Versioned, one_of, query, string
from nova.errors import Invalid
from nova.microversions import BASE, STRICT_PARAMETERS, STRICT_QUERIES
from nova.objects.flavor import Flavor
from nova.objects.store.errors import FlavorNotFound
from nova.objects.store.page import Page
from nova.resources.flavors.views import SPECS_SHOWN, full, short, shows_specs
from nova.seams import ApiSeams

_KEYS = (
    "created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public",
    "memory_mb", "name", "root_gb", "rxtx_factor", "swap", "updated_at", "vcpu_weight", "vcpus",
)
_KEYS_WITHOUT_FACTOR = tuple(key for key in _KEYS if key != "rxtx_factor")
LIST = query(
    LIMIT, MARKER,
    Field("is_public", string()), Field("minRam", string()), Field("minDisk", string()),
    Field("sort_key", Versioned((
        (BASE, one_of(*_KEYS)), (STRICT_QUERIES, one_of(*_KEYS_WITHOUT_FACTOR)),
    ))),
    Field("sort_dir", one_of("asc", "desc")),
    Field("name", string(), since=STRICT_QUERIES),
    closed=STRICT_PARAMETERS,
)
# No flavor is larger: anything above finds as little.
_LARGEST = 2**31 - 1


class FilterInvalid(Invalid):
    template = "Invalid {name} filter [{value}]"


def visible(call: Call[ApiSeams], flavor_id: str) -> Flavor:
    """The flavor, or FlavorNotFound when the caller may not know of it."""
    flavors = call.seams.stores.api.flavors
    flavor = flavors.get(flavor_id)
    if flavor.is_public or call.context.is_admin:
        return flavor
    if call.context.project_id not in flavors.access(flavor_id):
        raise FlavorNotFound(flavor_id=flavor_id)
    return flavor


def _list(call: Call[ApiSeams]) -> Any:
    flavors, page = _found(call)
    return _answer(call, [short(call, flavor) for flavor in flavors], flavors, page)


def _detail(call: Call[ApiSeams]) -> Any:
    flavors, page = _found(call)
    specs = shows_specs(call)
    return _answer(call, [full(call, flavor, specs) for flavor in flavors], flavors, page)


def _show(call: Call[ApiSeams]) -> Any:
    return {"flavor": full(call, visible(call, call.params["id"]), shows_specs(call))}


def _found(call: Call[ApiSeams]) -> tuple[list[Flavor], Cut]:
    page = cut(call, call.seams.conf.api.max_limit)
    key, way = call.parameter("sort_key") or "flavorid", call.parameter("sort_dir") or "asc"
    found = call.seams.stores.api.flavors.find(
        Page(page.limit, page.marker, (key,), (way,)),
        public=_public(call),
        project_id=call.context.project_id,
        min_ram=_least(call, "minRam"),
        min_disk=_least(call, "minDisk"),
        name=_name(call),
        disabled=None if call.context.is_admin else False,
    )
    return found, page


def _answer(call: Call[Any], shown: list[Any], flavors: list[Flavor], page: Cut) -> Any:
    answer: dict[str, Any] = {"flavors": shown}
    if flavors and len(flavors) == page.limit:
        answer["flavors_links"] = [call.next_link(flavors[-1].flavorid)]
    return answer


def _public(call: Call[Any]) -> bool | None:
    """Only administrators choose; everybody else sees public flavors and their own."""
    asked = call.parameter("is_public")
    if asked is None or not call.context.is_admin:
        return True
    if asked.lower() == "none":
        return None
    try:
        return bool(strutils.bool_from_string(asked, strict=True))
    except ValueError:
        raise FilterInvalid(name="is_public", value=asked) from None


def _least(call: Call[Any], name: str) -> int | None:
    asked = call.parameter(name)
    if asked is None:
        return None
    try:
        return max(-1, min(int(asked), _LARGEST))
    except ValueError:
        raise FilterInvalid(name=name, value=asked) from None


def _name(call: Call[Any]) -> str | None:
    asked = call.parameter("name")
    try:
        re.compile(asked or "")
    except re.error:
        raise FilterInvalid(name="name", value=asked) from None
    return asked


ROUTES = (
    Route("GET", "/flavors", _list, query=LIST),
    Route("GET", "/flavors/detail", _detail, query=LIST, policies=(SPECS_SHOWN,)),
    Route("GET", "/flavors/{id}", _show, query=NO_QUERY, policies=(SPECS_SHOWN,)),
)
