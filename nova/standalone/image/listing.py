"""GET /v2/images: filters, order and pages over the images a caller may see."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from nova.standalone.auth import Caller
from nova.standalone.image.attributes import VISIBILITIES
from nova.standalone.image.catalog import Image
from nova.standalone.timestamps import parse
from nova.standalone.web.fault import bad_request

DEFAULT_LIMIT, LARGEST_LIMIT = 25, 1000
SORT_KEYS = frozenset(
    ["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"]
)
CONTROL = frozenset(("limit", "marker", "sort", "sort_key", "sort_dir", "visibility", "tag"))
SETS = frozenset(("id", "name", "status", "container_format", "disk_format"))
FLAGS = frozenset(("protected", "os_hidden"))
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
}
Found = list[tuple[Image, str | None]]


def select(found: Found, query: Any, caller: Caller) -> tuple[list[Image], str | None]:
    """One page, and the query string of the next (None when this is the last)."""
    images = [image for image, status in found if _in_view(image, status, query, caller)]
    images = [image for image in images if _matches(image, query)]
    _sort(images, query)
    limit = _limit(query)
    images = _after_marker(images, query.get("marker"))
    page = images[:limit]
    return page, _next(query, page) if page and len(images) > limit else None


def _in_view(image: Image, member: str | None, query: Any, caller: Caller) -> bool:
    """Whether lists show it: community images and refused shares only when asked for."""
    wanted = query.get("visibility")
    if wanted not in (None, "all", *VISIBILITIES):
        raise bad_request(f"Invalid visibility value: {wanted}")
    if wanted not in (None, "all") and image["visibility"] != wanted:
        return False
    if caller.owns(image["owner"]) or image["visibility"] == "public":
        return True
    if image["visibility"] == "community":
        return wanted in ("community", "all")
    if member is not None:
        return query.get("member_status", "accepted") in ("all", member)
    return caller.is_admin


def _matches(image: Image, query: Any) -> bool:
    if query.get("os_hidden") is None and image["os_hidden"]:
        return False
    if not set(query.getall("tag")) <= set(image["tags"]):
        return False
    return all(
        _match(image, name, text)
        for name, text in query.items()
        if name not in CONTROL and name != "member_status"
    )


def _match(image: Image, name: str, text: str) -> bool:
    if name in ("size_min", "size_max"):
        size, limit = image["size"] or 0, _number(name, text)
        return size >= limit if name == "size_min" else size <= limit
    if name in FLAGS:
        return image[name] is (text.lower() == "true")
    if name in ("created_at", "updated_at"):
        return _match_time(image[name], text)
    value = image[name] if name in image else image["properties"].get(name)
    if name in SETS and text.startswith("in:"):
        return value in [part.strip('"') for part in text[3:].split(",")]
    return value is not None and str(value) == text


def _match_time(value: str, text: str) -> bool:
    operator, _, moment = text.partition(":")
    if operator not in COMPARE:
        operator, moment = "eq", text
    try:
        return COMPARE[operator](parse(value), parse(moment))
    except ValueError:
        raise bad_request(f"Invalid time: {moment}") from None


def _sort(images: list[Image], query: Any) -> None:
    """Stable, so sorting by the last key first gives the order asked for."""
    for key, direction in reversed([*_order(query), ("id", "desc")]):
        images.sort(key=lambda image: _sortable(image[key]), reverse=direction == "desc")


def _order(query: Any) -> list[tuple[str, str]]:
    if "sort" in query:
        parts = [part.partition(":") for part in query["sort"].split(",")]
        order = [(key.strip(), direction or "desc") for key, _, direction in parts]
    else:
        keys = query.getall("sort_key") or ["created_at"]
        directions = query.getall("sort_dir") or ["desc"]
        directions += directions[-1:] * (len(keys) - len(directions))
        order = list(zip(keys, directions, strict=False))
    for key, direction in order:
        if key not in SORT_KEYS:
            raise bad_request(f"Invalid sort_key: {key}")
        if direction not in ("asc", "desc"):
            raise bad_request(f"Invalid sort direction: {direction}")
    return order


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _limit(query: Any) -> int:
    if "limit" not in query:
        return DEFAULT_LIMIT
    return min(_number("limit", query["limit"]), LARGEST_LIMIT)


def _number(name: str, text: str) -> int:
    if not text.isdigit():
        raise bad_request(f"{name} must be a number and not negative: {text}")
    return int(text)


def _after_marker(images: list[Image], marker: str | None) -> list[Image]:
    if marker is None:
        return images
    for place, image in enumerate(images):
        if image["id"] == marker:
            return images[place + 1 :]
    raise bad_request(f"Invalid marker: {marker}")


def _next(query: Any, page: list[Image]) -> str:
    kept = [(name, value) for name, value in query.items() if name != "marker"]
    return urlencode([*kept, ("marker", page[-1]["id"])])
