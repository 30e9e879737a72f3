"""/images/{id}/metadata: properties of images."""

from collections.abc import Iterable, Mapping
from typing import Any

from nova.clients.image.contract import ImageChange, ImageForbidden, ImageMeta
from nova.core.call import Call, Route
from nova.core.shape import ANYTHING, Field, Object, obj, string
from nova.core.view import before
from nova.errors import Forbidden, Invalid, NotFound
from nova.microversions import IMAGE_METADATA_GONE
from nova.resources.proxies.images import named
from nova.resources.quotas.limits import exceeds, limits_of
from nova.seams import ApiSeams

UNTIL = before(IMAGE_METADATA_GONE)
_ITEMS = {"^[a-zA-Z0-9-_:. ]{1,255}$": string(max=255)}
METADATA = obj(Field("metadata", Object(patterns=_ITEMS), required=True))
META = obj(Field(
    "meta", Object(patterns=_ITEMS, extra={"minProperties": 1, "maxProperties": 1}), required=True
))


class ItemUnknown(NotFound):
    template = "Metadata item was not found"


class OtherItem(Invalid):
    template = "Request body and URI mismatch"


class TooManyItems(Forbidden):
    template = "Image metadata limit exceeded"


class NotYours(Forbidden):
    template = "You are not allowed to change the image."


def _list(call: Call[ApiSeams]) -> Any:
    return {"metadata": dict(named(call, "image_id").properties)}


def _show(call: Call[ApiSeams]) -> Any:
    key, found = call.params["id"], named(call, "image_id").properties
    if key not in found:
        raise ItemUnknown
    return {"meta": {key: found[key]}}


def _merge(call: Call[ApiSeams]) -> Any:
    image = named(call, "image_id")
    return {"metadata": _set(call, image, {**image.properties, **call.body["metadata"]})}


def _replace(call: Call[ApiSeams]) -> Any:
    return {"metadata": _set(call, named(call, "image_id"), call.body["metadata"])}


def _put(call: Call[ApiSeams]) -> Any:
    image, key, meta = named(call, "image_id"), call.params["id"], call.body["meta"]
    if key not in meta:
        raise OtherItem
    changed = _set(call, image, {**image.properties, **meta})
    return {"meta": {key: changed[key]}}


def _delete(call: Call[ApiSeams]) -> None:
    image, key = named(call, "image_id"), call.params["id"]
    if key not in image.properties:
        raise ItemUnknown
    _change(call, image, {}, [key])


def _set(
    call: Call[ApiSeams], image: ImageMeta, wanted: Mapping[str, str]
) -> Mapping[str, str]:
    if exceeds(len(wanted), limits_of(call)["metadata_items"]):
        raise TooManyItems
    return _change(call, image, wanted, image.properties.keys() - wanted.keys())


def _change(
    call: Call[ApiSeams], image: ImageMeta, wanted: Mapping[str, str], gone: Iterable[str]
) -> Mapping[str, str]:
    change = ImageChange(set=dict(wanted), remove=sorted(gone))
    try:
        return dict(call.seams.image.update(call.context, image.id, change).properties)
    except ImageForbidden:
        raise NotYours from None


_ALL = "/images/{image_id}/metadata"
_ONE = _ALL + "/{id}"
ROUTES = (
    Route("GET", _ALL, _list, query=ANYTHING, until=UNTIL),
    Route("POST", _ALL, _merge, body=METADATA, until=UNTIL),
    Route("PUT", _ALL, _replace, body=METADATA, until=UNTIL),
    Route("GET", _ONE, _show, query=ANYTHING, until=UNTIL),
    Route("PUT", _ONE, _put, body=META, until=UNTIL),
    Route("DELETE", _ONE, _delete, success=204, until=UNTIL),
)
