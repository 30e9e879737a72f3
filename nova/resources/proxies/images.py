"""/images: images of the image service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.clients.catalog import Wanted, find_url
from nova.clients.image.contract import (
    ImageForbidden,
    ImageMeta,
    ImageNotFound,
    ImageQuery,
    ImageRefused,
)
from nova.core.call import Call, Route
from nova.core.formats import zulu
from nova.core.links import with_prefix
from nova.core.paging import amount
from nova.core.shape import Field, Schema, integer, query
from nova.errors import Forbidden, NotFound, Refused
from nova.microversions import Microversion
from nova.resources.proxies.paging import ANY, UNTIL
from nova.seams import ApiSeams

MEDIA_TYPE = "application/vnd.openstack.image"
PREFIX = "property-"
SERVER_ID, DISK_CONFIG = "instance_uuid", "auto_disk_config"
# status: (as shown here, how far it is in percent)
STATUSES = {
    "active": ("ACTIVE", 100), "queued": ("SAVING", 25), "saving": ("SAVING", 50),
    "deleted": ("DELETED", 0), "pending_delete": ("DELETED", 0), "killed": ("ERROR", 0),
}  # fmt: skip
# parameter: what the image service calls it
FILTERS = {
    "name": "name", "minRam": "min_ram", "minDisk": "min_disk", "type": "image_type",
    "server": SERVER_ID,
}  # fmt: skip
_COUNT = integer(1, pattern="^[0-9]*$", minLength=1)
# Parameters that may be given several times and have no shape of their own.
_LOOSE = ("changes-since", "marker", "minDisk", "minRam", "name", "server", "status", "type")


@dataclass(frozen=True)
class _ListQuery:
    """Counts are lists of numbers, all else is anything."""

    def schema(self, version: Microversion) -> Schema:
        counts = query(*(Field(name, _COUNT) for name in ("limit", "offset", "page_size")))
        schema = counts.schema(version)
        schema["properties"] |= {name: {} for name in _LOOSE}
        return schema | {"patternProperties": {f"^{PREFIX}.*$": {}}, "additionalProperties": True}


LIST = _ListQuery()


class ImageUnknown(NotFound):
    template = "Image not found."


class ImageDeleteForbidden(Forbidden):
    template = "You are not allowed to delete the image."


def named(call: Call[ApiSeams], parameter: str = "id") -> ImageMeta:
    """The one in the path, or 404."""
    try:
        return call.seams.image.show(call.context, call.params[parameter])
    except (ImageNotFound, ImageForbidden, ImageRefused):
        raise ImageUnknown from None


def _filters(call: Call[ApiSeams]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, values in call.query.items():
        if name in FILTERS:
            found[FILTERS[name]] = values[-1].rpartition("/")[2]
        elif name.startswith(PREFIX):
            found[name.removeprefix(PREFIX)] = values[-1]
        elif name == "status":
            found["status"] = _status(values[-1])
        elif name == "changes-since":
            found["updated_at"] = f"gte:{values[-1]}"
    return found


def _status(shown: str) -> str:
    known = [ours for ours, (theirs, _) in STATUSES.items() if theirs == shown.upper()]
    return f"in:{','.join(known)}" if len(known) > 1 else "".join(known) or shown.lower()


def _images(call: Call[ApiSeams]) -> tuple[tuple[ImageMeta, ...], int]:
    most = call.seams.conf.api.max_limit
    size = min(amount(call, "limit", amount(call, "page_size", most)), most)
    asked = ImageQuery(_filters(call), marker=call.parameter("marker"), limit=size)
    try:
        return call.seams.image.list(call.context, asked), size
    except ImageRefused as error:
        raise Refused(code=400, message=error.message) from None


def _page(call: Call[ApiSeams], *, detail: bool) -> Any:
    found, size = _images(call)
    show = in_full if detail else _short
    answer: dict[str, Any] = {"images": [show(call, image) for image in found]}
    if found and len(found) == size:
        answer["images_links"] = [call.next_link(found[-1].id)]
    return answer


def _list(call: Call[ApiSeams]) -> Any:
    return _page(call, detail=False)


def _detail(call: Call[ApiSeams]) -> Any:
    return _page(call, detail=True)


def _show(call: Call[ApiSeams]) -> Any:
    return {"image": in_full(call, named(call))}


def _delete(call: Call[ApiSeams]) -> None:
    try:
        there = call.seams.image.delete(call.context, call.params["id"])
    except ImageForbidden:
        raise ImageDeleteForbidden from None
    except ImageNotFound:
        there = False
    if not there:
        raise ImageUnknown


def _short(call: Call[ApiSeams], image: ImageMeta) -> dict[str, Any]:
    alternate = {
        "rel": "alternate", "type": MEDIA_TYPE, "href": f"{_service(call)}/images/{image.id}",
    }  # fmt: skip
    return {
        "id": image.id,
        "name": image.name,
        "links": [*call.links("images", image.id), alternate],
    }


def _service(call: Call[ApiSeams]) -> str:
    """Where the image service itself is, as far as this process was told and users may know."""
    options = call.seams.conf.glance
    servers = getattr(options, "api_servers", None) or ()
    own = options.endpoint_override or next(iter(servers), None)
    in_catalog = find_url(
        call.context.service_catalog, Wanted("image", interfaces=("public", "internal"))
    )
    found = (own or in_catalog or "http://localhost:9292").rstrip("/")
    return with_prefix(found, call.seams.conf.api.glance_link_prefix)


def in_full(call: Call[ApiSeams], image: ImageMeta) -> dict[str, Any]:
    status, progress = STATUSES.get(image.status, ("UNKNOWN", 0))
    shown = _short(call, image) | {
        "status": status,
        "progress": progress,
        "minRam": image.min_ram,
        "minDisk": image.min_disk,
        "metadata": dict(image.properties),
        "created": zulu(image.created_at),
        "updated": zulu(image.updated_at),
        "OS-EXT-IMG-SIZE:size": image.size or 0,
    }
    return shown | _of_properties(call, image.properties)


def _of_properties(call: Call[ApiSeams], properties: Mapping[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    server = properties.get(SERVER_ID)
    if server:
        shown["server"] = {"id": server, "links": call.links("servers", server)}
    if DISK_CONFIG in properties:
        automatic = str(properties[DISK_CONFIG]).lower() in ("true", "1", "yes", "on")
        shown["OS-DCF:diskConfig"] = "AUTO" if automatic else "MANUAL"
    return shown


_ALL, _ONE = "/images", "/images/{id}"
ROUTES = (
    Route("GET", _ALL, _list, query=LIST, until=UNTIL),
    Route("GET", f"{_ALL}/detail", _detail, query=LIST, until=UNTIL),
    Route("GET", _ONE, _show, query=ANY, until=UNTIL),
    Route("DELETE", _ONE, _delete, success=204, until=UNTIL),
)
