"""The JSON of the image service, from and to our values."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from nova.clients.image.contract import ImageChange, ImageDraft, ImageMeta

Json = dict[str, Any]

# Names that are not properties: facts we have fields for, and the service's own.
FACTS = frozenset(
    {
        "id",
        "name",
        "status",
        "size",
        "virtual_size",
        "min_disk",
        "min_ram",
        "checksum",
        "os_hash_algo",
        "os_hash_value",
        "os_hidden",
        "disk_format",
        "container_format",
        "owner",
        "visibility",
        "protected",
        "tags",
        "created_at",
        "updated_at",
        "direct_url",
        "locations",
        "self",
        "file",
        "schema",
        "stores",
        "os_glance_importing_to_stores",
        "os_glance_failed_import",
    }
)


def image(wire: Mapping[str, Any]) -> ImageMeta:
    return ImageMeta(
        id=wire["id"],
        name=wire.get("name"),
        status=wire["status"],
        size=wire.get("size"),
        virtual_size=wire.get("virtual_size"),
        min_disk=wire.get("min_disk") or 0,
        min_ram=wire.get("min_ram") or 0,
        checksum=wire.get("checksum"),
        hash_algorithm=wire.get("os_hash_algo"),
        hash_value=wire.get("os_hash_value"),
        disk_format=wire.get("disk_format"),
        container_format=wire.get("container_format"),
        owner=wire.get("owner"),
        visibility=wire.get("visibility") or "private",
        protected=bool(wire.get("protected")),
        hidden=bool(wire.get("os_hidden")),
        tags=tuple(wire.get("tags") or ()),
        created_at=_time(wire.get("created_at")),
        updated_at=_time(wire.get("updated_at")),
        direct_url=wire.get("direct_url"),
        locations=tuple(one["url"] for one in wire.get("locations") or ()),
        stores=_names(wire.get("stores")),
        failed_stores=_names(wire.get("os_glance_failed_import")),
        properties={
            name: value
            for name, value in wire.items()
            if name not in FACTS and isinstance(value, str)
        },
    )


def draft_body(draft: ImageDraft) -> Json:
    """Properties are what users say; none of them passes for a fact."""
    told: Json = {
        "name": draft.name,
        "id": draft.id,
        "disk_format": draft.disk_format,
        "container_format": draft.container_format,
        "min_disk": draft.min_disk,
        "min_ram": draft.min_ram,
        "visibility": draft.visibility,
        "owner": draft.owner,
    }
    properties = {name: value for name, value in draft.properties.items() if name not in FACTS}
    return properties | {name: value for name, value in told.items() if value is not None}


def patch(change: ImageChange, present: ImageMeta) -> list[Json]:
    """The operations that make `present` what the change says."""
    return [*_facts(change), *_properties(change, present)]


def _facts(change: ImageChange) -> Iterator[Json]:
    names = ("name", "min_disk", "min_ram", "visibility", "disk_format", "container_format")
    for name in names:
        value = getattr(change, name)
        if value is not None:
            yield {"op": "replace", "path": f"/{name}", "value": value}


def _properties(change: ImageChange, present: ImageMeta) -> Iterator[Json]:
    for name, value in change.set.items():
        known = present.properties.get(name)
        if known != value:
            kind = "add" if known is None else "replace"
            yield {"op": kind, "path": f"/{_pointer(name)}", "value": value}
    for name in change.remove:
        if name in present.properties:
            yield {"op": "remove", "path": f"/{_pointer(name)}"}


def location_patch(location: str) -> list[Json]:
    value = {"url": location, "metadata": {}}
    return [{"op": "add", "path": "/locations/-", "value": value}]


def copy_body(store: str) -> Json:
    return {"method": {"name": "copy-image"}, "stores": [store], "all_stores_must_succeed": True}


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name for name in (text or "").split(",") if name)


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
