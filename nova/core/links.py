"""Links in answers: where a thing is, and where the next page of a list is."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

Link = dict[str, str]

_SAFE = "/:@-_.~"
# What quoting would not change; most identifiers are such.
_PLAIN = re.compile(r"[A-Za-z0-9/:@_.~-]+").fullmatch
_VERSION_SEGMENT = re.compile(r"^(.*)/v\d+(?:\.\d+)?$")


def with_prefix(url: str, prefix: str | None) -> str:
    """`url` as seen from outside when an operator puts something in front: scheme, host
    and leading path of `prefix` replace its own."""
    if not prefix:
        return url
    own, front = urlsplit(url), urlsplit(prefix)
    path = front.path.rstrip("/") + own.path
    return urlunsplit((front.scheme, front.netloc, path, own.query, own.fragment))


def without_version(root: str) -> str:
    """The service root of a versioned root: '.../v2.1' gives '...'."""
    found = _VERSION_SEGMENT.match(root)
    return found.group(1) if found else root


def self_link(base: str, *path: str) -> Link:
    return {"rel": "self", "href": _joined(base, *path)}


def bookmark_link(base: str, *path: str) -> Link:
    return {"rel": "bookmark", "href": _joined(base, *path)}


def links(base: str, bookmark: str, *path: str) -> list[Link]:
    """The pair that stands beside a thing: itself, and itself without a version."""
    return [self_link(base, *path), bookmark_link(bookmark, *path)]


def next_link(base: str, path: str, query: Mapping[str, list[str]], marker: str) -> Link:
    """The page after the one that ends with `marker`."""
    given = {name: values[-1] for name, values in query.items() if values}
    asked = sorted((given | {"marker": marker}).items())
    return {"rel": "next", "href": f"{base}{path}?{urlencode(asked)}"}


def _joined(base: str, *path: str) -> str:
    tail = "/".join(path)
    return f"{base}/{tail if _PLAIN(tail) else quote(tail, safe=_SAFE)}"
