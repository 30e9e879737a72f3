"""Comparing answers with shapes.

"s" is text, "n" a number, "b" yes or no, "-" nothing (and so anything), a list holds the
shape of its items, a key with "?" is not in all of them.
"""

import re
from typing import Any

# Keys below these are the user's own.
FREE = (
    "metadata", "extra_specs", "properties", "scheduler_hints", "addresses", "meta", "data",
)  # fmt: skip
# Keys below these are names of hosts, services or the like: what each holds is compared.
NAMES = ("log", "hosts")
# How volumes say that nothing has them.
NO_ATTACHMENT: list[dict[str, Any]] = [{}]
KINDS: dict[str, Any] = {"s": str, "b": bool, "n": (int, float)}


def difference(wanted: Any, found: Any, where: str = "") -> str | None:
    """The first one; nothing is known of what is null."""
    if wanted in ("-", "*") or found is None:
        return None
    if isinstance(wanted, dict):
        return _of_object(wanted, found, where)
    if isinstance(wanted, list):
        return _of_items(wanted, found, where)
    fits = isinstance(found, KINDS[wanted]) and (wanted == "b" or not isinstance(found, bool))
    return None if fits else f"{where}: {found!r} is not {wanted!r}"


def _of_object(wanted: dict[str, Any], found: Any, where: str) -> str | None:
    if not isinstance(found, dict):
        return f"{where}: {found!r} is no object"
    key = where.rsplit("/", 1)[-1]
    if key in FREE:
        return None
    return _of_names(wanted, found, where) if key in NAMES else _of_keys(wanted, found, where)


def _of_names(wanted: dict[str, Any], found: dict[str, Any], where: str) -> str | None:
    """Whatever they are: each holds what one of the sample's does."""
    if wanted and not found:
        return f"{where}: there is nothing"
    for name, inner in found.items():
        wrong = [difference(shape, inner, f"{where}/[{name}]") for shape in wanted.values()]
        if all(wrong):
            return wrong[0]
    return None


def _of_keys(wanted: dict[str, Any], found: dict[str, Any], where: str) -> str | None:
    wanted = {_any_nic(key): shape for key, shape in wanted.items()}
    found = {_any_nic(key): inner for key, inner in found.items()}
    must = {key for key in wanted if not key.endswith("?")}
    may = {key.rstrip("?") for key in wanted}
    if must - set(found) or set(found) - may:
        return f"{where}: missing {sorted(must - set(found))}, extra {sorted(set(found) - may)}"
    for key, shape in wanted.items():
        name = key.rstrip("?")
        wrong = difference(shape, found[name], f"{where}/{name}") if name in found else None
        if wrong:
            return wrong
    return None


def _any_nic(key: str) -> str:
    """Counters are called after the interface, as its host calls it."""
    return re.sub(r"^(vnet\d+|tap[0-9a-f-]+)_", "nic_", key)


def _of_items(wanted: list[Any], found: Any, where: str) -> str | None:
    if not isinstance(found, list):
        return f"{where}: {found!r} is no list"
    if wanted and not found:
        return f"{where}: the list is empty"
    if found == NO_ATTACHMENT and where.endswith("/attachments"):
        return None
    for item in found if wanted else ():
        wrong = difference(wanted[0], item, where)
        if wrong:
            return wrong
    return None
