"""Filters, order, pages and fields of every list."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from nova.standalone.network.values import FALSE, TRUE
from nova.standalone.web.fault import Fault, bad_request

Document = dict[str, Any]
CONTROL = frozenset(("fields", "limit", "marker", "sort_key", "sort_dir", "page_reverse"))
Tags = set[str]
TAGS: dict[str, Callable[[Tags, Tags], bool]] = {
    "tags": lambda mine, asked: asked <= mine,
    "tags-any": lambda mine, asked: bool(asked & mine),
    "not-tags": lambda mine, asked: not asked <= mine,
    "not-tags-any": lambda mine, asked: not asked & mine,
}


def prefilter(query: Any, table: sa.Table, statement: Any) -> Any:
    """Let the database drop what plain text columns already rule out."""
    for name in set(query) - CONTROL:
        column = table.c.get("project_id" if name == "tenant_id" else name)
        if column is not None and isinstance(column.type, sa.String):
            statement = statement.where(column.in_(query.getall(name)))
    return statement


def matches(document: Document, query: Any) -> bool:
    return all(_match(document, name, query.getall(name)) for name in set(query) - CONTROL)


def _match(document: Document, name: str, wanted: list[str]) -> bool:
    if name in TAGS:
        asked = {tag for text in wanted for tag in text.split(",")}
        return bool(TAGS[name](set(document.get("tags", ())), asked))
    if name == "fixed_ips":
        return any(_match_address(document, text) for text in wanted)
    if name in ("ip_address", "subnet_id") and "fixed_ips" in document:
        return any(item[name] in wanted for item in document["fixed_ips"])
    if name not in document:
        return True
    return _equal(document[name], wanted)


def _match_address(document: Document, text: str) -> bool:
    key, _, value = text.partition("=")
    if key == "ip_address_substr":
        return any(value in item["ip_address"] for item in document["fixed_ips"])
    return any(item.get(key) == value for item in document["fixed_ips"])


def _equal(value: Any, wanted: list[str]) -> bool:
    if isinstance(value, bool):
        return any(text in (TRUE if value else FALSE) for text in wanted)
    if isinstance(value, list):
        return any(text in value for text in wanted)
    return ("" if value is None else str(value)) in wanted


def page(documents: list[Document], query: Any) -> tuple[list[Document], str | None]:
    """One page in order, and the next page's query string (None at the end)."""
    for key, direction in reversed([*_order(query), ("id", "asc")]):
        documents.sort(key=lambda item: _sortable(item.get(key)), reverse=direction == "desc")
    rest = _after(documents, query.get("marker"))
    limit = _limit(query)
    if limit is None or len(rest) <= limit:
        return rest, None
    kept = [(name, value) for name, value in query.items() if name != "marker"]
    return rest[:limit], urlencode([*kept, ("marker", rest[limit - 1]["id"])])


def trimmed(document: Document, query: Any) -> Document:
    """Only the asked `fields`, when any are named."""
    names = {name for name in query.getall("fields") if name}
    return {key: document[key] for key in document if key in names} if names else document


def _order(query: Any) -> list[tuple[str, str]]:
    keys = query.getall("sort_key")
    directions = query.getall("sort_dir") or ["asc"] * len(keys)
    if len(keys) != len(directions):
        raise bad_request("The number of sort_keys and sort_dirs must be same")
    return list(zip(keys, directions, strict=True))


def _limit(query: Any) -> int | None:
    text = query.get("limit")
    if text is None:
        return None
    if not text.isdigit():
        raise bad_request(f"Limit must be an integer 0 or greater and not '{text}'")
    return int(text) or None


def _after(documents: list[Document], marker: str | None) -> list[Document]:
    if not marker:
        return documents
    for place, document in enumerate(documents):
        if document["id"] == marker:
            return documents[place + 1 :]
    raise Fault(400, f"Marker {marker} could not be found.", "HTTPBadRequest")


def _sortable(value: Any) -> tuple[bool, str]:
    return (value is not None, str(value))
