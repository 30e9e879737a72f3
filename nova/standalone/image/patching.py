"""PATCH /v2/images/{id}: the documents it takes and what they change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nova.standalone.image.attributes import BY_NAME, check
from nova.standalone.image.catalog import Image
from nova.standalone.web.fault import Fault, bad_request, conflict, forbidden

MEDIA = {f"application/openstack-images-v2.{minor}-json-patch": minor for minor in (0, 1)}
OPERATIONS = ("add", "remove", "replace")


@dataclass(frozen=True, slots=True)
class Change:
    op: str
    path: tuple[str, ...]
    value: Any


def parse(media: str, body: Any) -> list[Change]:
    """Fault 415 for another media type, 400 for a malformed document."""
    if media not in MEDIA:
        raise Fault(415, "The image PATCH takes: " + ", ".join(MEDIA))
    if not isinstance(body, list):
        raise bad_request("Request body must be a JSON array of operation objects.")
    return [_change(item, MEDIA[media]) for item in body]


def apply(image: Image, changes: list[Change]) -> dict[str, Any]:
    """The columns that change. `image` stays as it is."""
    new = {**image, "properties": dict(image["properties"]), "tags": list(image["tags"])}
    for change in changes:
        _apply(new, image, change)
    return {name: value for name, value in new.items() if value != image[name]}


def _change(item: Any, minor: int) -> Change:
    if not isinstance(item, dict):
        raise bad_request("Operations must be JSON objects.")
    op = item.get("op") if minor else next((name for name in OPERATIONS if name in item), None)
    if op not in OPERATIONS:
        raise bad_request(f"Operations must be one of {', '.join(OPERATIONS)}.")
    path = item.get("path") if minor else item.get(op)
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
        raise bad_request(f"Invalid JSON pointer: {path}")
    if op != "remove" and "value" not in item:
        raise bad_request(f'Operation "{op}" requires a member named "value".')
    return Change(op, tuple(_unescaped(path)), item.get("value"))


def _unescaped(path: str) -> Iterator[str]:
    for part in path[1:].split("/"):
        yield part.replace("~1", "/").replace("~0", "~")


def _apply(new: Image, old: Image, change: Change) -> None:
    name = change.path[0]
    if len(change.path) > 1 and name != "tags":
        raise bad_request(f"Invalid JSON pointer for this resource: '/{'/'.join(change.path)}'")
    if name == "tags":
        _apply_tags(new, change)
    elif name in BY_NAME:
        _apply_attribute(new, old, change)
    else:
        _apply_property(new["properties"], change)


def _apply_tags(new: Image, change: Change) -> None:
    value = change.value if len(change.path) == 1 else [*new["tags"], change.value]
    if change.op == "remove":
        raise forbidden("Property tags may not be removed.")
    check("tags", value)
    new["tags"] = list(dict.fromkeys(value))


def _apply_attribute(new: Image, old: Image, change: Change) -> None:
    name = change.path[0]
    if change.op == "remove":
        raise forbidden(f"Property {name} may not be removed.")
    if name == "id":
        raise forbidden("Attribute 'id' is read-only.")
    check(name, change.value)
    if name in ("disk_format", "container_format") and old["status"] != "queued":
        raise forbidden(f"Attribute {name} can be only replaced for a queued image.")
    new[name] = change.value


def _apply_property(properties: dict[str, str], change: Change) -> None:
    name = change.path[0]
    if change.op != "add" and name not in properties:
        raise conflict(f"Property {name} does not exist.")
    if change.op == "remove":
        del properties[name]
        return
    check(name, change.value)
    properties[name] = change.value
