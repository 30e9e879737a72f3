"""Names of resource classes and traits as operators write them, and as placement knows them."""

import functools

import os_resource_classes
import os_traits


def resource_class(name: str) -> str:
    """A standard class, or else a CUSTOM_ one."""
    return name if name in os_resource_classes.STANDARDS else custom(name)


def trait(name: str) -> str:
    """A standard trait, or else a CUSTOM_ one."""
    return name if name in _known() else custom(name)


def custom(name: str) -> str:
    """In capitals, what is neither letter nor digit as _."""
    normal = "".join(c if c.isalnum() and c.isascii() else "_" for c in name.upper())
    return normal if normal.startswith("CUSTOM_") else f"CUSTOM_{normal}"


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(os_traits.get_traits())
