"""The image of a new server, and whether it fits the flavor."""

from dataclasses import dataclass, field
from typing import Any

from oslo_utils import strutils

from nova.clients.image.contract import ImageForbidden, ImageMeta, ImageNotFound
from nova.core.call import Call
from nova.errors import Refused
from nova.objects.flavor import Flavor
from nova.seams import ApiSeams
from nova.servers.steps.hardware import refuse_bad_hardware
from nova.servers.steps.image_properties import SECRET, present, refuse_bad_properties

GIB = 1024**3
# By how much, at most, the file of an encrypted image is larger than its disk: with all that
# was zero, the header, and the tables of where things are.
LOCKED_PART, LOCKED_MORE = 100, 16 * 1024**2
MISSING = "Missing imageRef attribute"
UNKNOWN = "Can not find requested image"
NOT_ACTIVE = "Image {id} is not active."
NO_AUTO_DISK = "Requested image {id} has automatic disk resize disabled."
SMALL_MEMORY = "Flavor's memory is too small for requested image."
SMALL_DISK = (
    "Flavor's disk is too small for requested image. Flavor disk is {flavor} bytes, "
    "image is {image} bytes."
)
SMALL_MIN_DISK = (
    "Flavor's disk is smaller than the minimum size specified in image metadata. "
    "Flavor disk is {flavor} bytes, minimum size is {image} bytes."
)


@dataclass(frozen=True)
class BootImage:
    """`facts` go to the host that builds (nova/servers/steps/guest_spec.py reads them),
    `system_metadata` stays with the record, `for_scheduler` goes into the request spec."""

    id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    system_metadata: dict[str, str] = field(default_factory=dict)
    for_scheduler: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def present(self) -> dict[str, Any]:
        """The properties under their present names."""
        return present(self.properties)

    def auto_disk_config(self, wish: str | None) -> bool:
        """Whether the guest's root is fitted to the flavor: as wished, else as the image says."""
        said = str(self.present.get("hw_auto_disk_config", ""))
        if wish == "AUTO" and said.strip().lower() == "disabled":
            raise Refused(code=400, message=NO_AUTO_DISK.format(id=self.id))
        return wish == "AUTO" if wish else strutils.bool_from_string(said)


def boot_image(
    call: Call[ApiSeams], image_id: str | None, flavor: Flavor, unknown: str = UNKNOWN
) -> BootImage:
    """The image `image_id`, checked against the flavor; `unknown` is said when there is none."""
    if not image_id:
        raise Refused(code=400, message=MISSING)
    meta = find_image(call, image_id, unknown)
    _require_fit(meta, flavor)
    properties = present(meta.properties)
    refuse_bad_properties(properties)
    refuse_bad_hardware(flavor, properties, meta.id)
    return BootImage(
        id=meta.id,
        facts=facts_of(meta),
        system_metadata=_kept(meta),
        for_scheduler=_for_scheduler(meta),
        properties=properties,
    )


def find_image(call: Call[ApiSeams], image_id: str, unknown: str = UNKNOWN) -> ImageMeta:
    try:
        meta = call.seams.image.show(call.context, image_id)
    except (ImageNotFound, ImageForbidden):
        raise Refused(code=400, message=unknown) from None
    if meta.status != "active":
        raise Refused(code=400, message=NOT_ACTIVE.format(id=meta.id))
    return meta


def _require_fit(meta: ImageMeta, flavor: Flavor) -> None:
    if flavor.memory_mb < meta.min_ram:
        raise Refused(code=400, message=SMALL_MEMORY)
    disk = flavor.root_gb * GIB
    if not disk:
        return
    more = disk // LOCKED_PART + LOCKED_MORE if SECRET in meta.properties else 0
    if (meta.size or 0) > disk + more:
        raise Refused(code=400, message=SMALL_DISK.format(flavor=disk, image=meta.size))
    if meta.min_disk * GIB > disk:
        wanted = meta.min_disk * GIB
        raise Refused(code=400, message=SMALL_MIN_DISK.format(flavor=disk, image=wanted))


def facts_of(meta: ImageMeta) -> dict[str, Any]:
    return {
        "id": meta.id,
        "disk_format": meta.disk_format,
        "container_format": meta.container_format,
        "size": meta.size,
        "min_disk": meta.min_disk,
        "checksum": meta.checksum,
        "hash_algorithm": meta.hash_algorithm,
        "hash_value": meta.hash_value,
    }


def _kept(meta: ImageMeta) -> dict[str, str]:
    """The record's copy: all later decisions are made from it, not from the image service."""
    kept = {f"image_{name}": str(value)[:255] for name, value in meta.properties.items()}
    return kept | {
        "image_base_image_ref": meta.id,
        "image_min_disk": str(meta.min_disk),
        "image_min_ram": str(meta.min_ram),
        "image_disk_format": meta.disk_format or "",
        "image_container_format": meta.container_format or "",
    }


def _for_scheduler(meta: ImageMeta) -> dict[str, Any]:
    return {
        "id": meta.id,
        "min_ram": meta.min_ram,
        "min_disk": meta.min_disk,
        "size": meta.size,
        "disk_format": meta.disk_format,
        "container_format": meta.container_format,
        "properties": dict(meta.properties),
    }
