"""Whether an extra spec is one that this cloud knows how to honour.

Keys in a namespace of ours must be known, with a value they take; keys in any
other namespace are the operator's own and pass.
"""

import functools
import re
from collections.abc import Callable

import os_traits
from oslo_utils import strutils

from nova.errors import Invalid
from nova.resources.flavors.known_specs import (
    BOOL,
    CHOICE,
    INT,
    KNOWN,
    PATTERN,
    PLACES,
    TEXT,
)

NAMESPACES = frozenset({
    "accel", "aggregate_instance_extra_specs", "capabilities", "hw", "hw_rng", "hw_video", "os",
    "pci_passthrough", "quota", "resources", "trait", "vmware",
})
BARE = frozenset({"group_policy", "hide_hypervisor_id"})

_TRAIT = re.compile(rf"trait{PLACES['group']}:(?P<trait>[A-Z0-9_]+)")
_TRAIT_VALUES = ("required", "forbidden")
_CUSTOM = "CUSTOM_"


class SpecUnknown(Invalid):
    template = "Validation failed; extra spec '{key}' does not appear to be a valid extra spec."


class SpecValueInvalid(Invalid):
    template = "Validation failed; '{value}' of extra spec '{key}' is not {wanted}."


# None when a value is fine, else what it should have been.
Check = Callable[[str], str | None]


def check_spec(key: str, value: str) -> None:
    if not _ours(key):
        return
    check = _check_of(key)
    if check is None:
        raise SpecUnknown(key=key)
    wanted = check(value)
    if wanted is not None:
        raise SpecValueInvalid(key=key, value=value, wanted=wanted)


def _ours(key: str) -> bool:
    """Groups of resources and traits are numbered or named: resources2:VCPU."""
    namespace, colon, _ = key.partition(":")
    if not colon:
        return key in BARE
    return namespace in NAMESPACES or namespace.startswith(("resources", "trait"))


def _check_of(key: str) -> Check | None:
    trait = _TRAIT.fullmatch(key)
    if trait is not None:
        return _one_of(_TRAIT_VALUES) if _known_trait(trait["trait"]) else None
    for pattern, check in _known():
        if pattern.fullmatch(key):
            return check
    return None


def _known_trait(name: str) -> bool:
    return (name.startswith(_CUSTOM) and len(name) > len(_CUSTOM)) or name in _traits()


@functools.cache
def _traits() -> frozenset[str]:
    return frozenset(os_traits.get_traits())


@functools.cache
def _known() -> tuple[tuple[re.Pattern[str], Check], ...]:
    makers: dict[str, Callable[..., Check]] = {
        TEXT: _anything, BOOL: _boolean, INT: _whole, CHOICE: _one_of, PATTERN: _matching,
    }
    return tuple(
        (_pattern(key), makers[kind](allowed)) for key, kind, allowed in KNOWN
    )


def _pattern(key: str) -> re.Pattern[str]:
    """The key with its places filled by their expressions, the rest taken literally."""
    parts = re.split(r"\{(\w+)\}", key)
    return re.compile("".join(
        PLACES[part] if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ))


def _anything(_: None) -> Check:
    return lambda value: None


def _boolean(_: None) -> Check:
    def check(value: str) -> str | None:
        try:
            strutils.bool_from_string(value, strict=True)
        except ValueError:
            return "a boolean"
        return None

    return check


def _whole(bounds: tuple[int | None, int | None]) -> Check:
    least, most = bounds

    def check(value: str) -> str | None:
        try:
            number = int(value)
        except ValueError:
            return "an integer"
        if least is not None and number < least:
            return f"{least} or more"
        return f"{most} or less" if most is not None and number > most else None

    return check


def _one_of(words: tuple[str, ...]) -> Check:
    said = "one of " + ", ".join(f"'{word}'" for word in words)
    return lambda value: None if value in words else said


def _matching(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else f"of the form {pattern}"
