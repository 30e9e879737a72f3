"""Images that the hosts of an aggregate fetch before a server needs them."""

from nova.clients.image.contract import ImageForbidden, ImageNotFound, ImageRefused
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import UUID, Field, array, obj
from nova.errors import Invalid
from nova.microversions import IMAGE_PRECACHE
from nova.objects.store.errors import HostMappingNotFound
from nova.resources.aggregates.looking import aggregate
from nova.seams import ApiSeams


class ImagesTwice(Invalid):
    template = "Duplicate images in request"


class ImageUnusable(Invalid):
    template = "Image {image_id} could not be found."


BODY = obj(Field(
    "cache", array(obj(Field("id", UUID, required=True)), minItems=1), required=True
))


def _cache(call: Call[ApiSeams]) -> None:
    found = aggregate(call)
    image_ids = [each["id"] for each in call.body["cache"]]
    if len(set(image_ids)) != len(image_ids):
        raise ImagesTwice
    for image_id in image_ids:
        _require_image(call, image_id)
    hosts = [place for host in found.hosts for place in _place(call, host)]
    if hosts and image_ids:
        call.seams.conductor.cache_images(call.context, hosts, image_ids)


def _require_image(call: Call[ApiSeams], image_id: str) -> None:
    try:
        call.seams.image.show(call.context, image_id)
    except (ImageNotFound, ImageForbidden, ImageRefused):
        raise ImageUnusable(image_id=image_id) from None


def _place(call: Call[ApiSeams], host: str) -> list[tuple[str, str]]:
    """Its cell and the host; nothing of one that left."""
    try:
        return [(call.seams.stores.api.hosts.cell_of(host), host)]
    except HostMappingNotFound:
        return []


ROUTES = (
    Route(
        "POST", "/os-aggregates/{id}/images", _cache,
        Policy("compute:aggregates:images", ADMIN, "Let hosts of an aggregate fetch images"),
        body=BODY, success=202, since=IMAGE_PRECACHE,
    ),
)
