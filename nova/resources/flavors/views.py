"""Flavors as users see them."""

from typing import Any

from nova.core.call import Call
from nova.core.policy import READER, Policy
from nova.core.view import Shown, before, view
from nova.microversions import (
    FLAVOR_DESCRIPTION,
    FLAVOR_EXTRA_SPECS,
    STRICT_PARAMETERS,
    STRICT_QUERIES,
)
from nova.objects.flavor import Flavor

# Whoever may list extra specs also sees them inside of flavors.
SPECS_SHOWN = Policy("os-flavor-extra-specs:index", READER, "List the extra specs of a flavor")

_SHORT: tuple[Shown[Flavor], ...] = (
    Shown("id", lambda f: f.flavorid),
    Shown("name", lambda f: f.name),
    Shown("description", lambda f: f.description, since=FLAVOR_DESCRIPTION),
)
_FULL: tuple[Shown[Flavor], ...] = (
    *_SHORT,
    Shown("ram", lambda f: f.memory_mb),
    Shown("disk", lambda f: f.root_gb),
    Shown("vcpus", lambda f: f.vcpus),
    Shown("swap", lambda f: f.swap or "", until=before(STRICT_PARAMETERS)),
    Shown("swap", lambda f: f.swap, since=STRICT_PARAMETERS),
    Shown("OS-FLV-EXT-DATA:ephemeral", lambda f: f.ephemeral_gb),
    Shown("OS-FLV-DISABLED:disabled", lambda f: f.disabled, until=before(STRICT_QUERIES)),
    Shown("os-flavor-access:is_public", lambda f: f.is_public),
    Shown("rxtx_factor", lambda f: f.rxtx_factor or "", until=before(STRICT_QUERIES)),
)


def short(call: Call[Any], flavor: Flavor) -> dict[str, Any]:
    return view(_SHORT, flavor, call.version) | {"links": call.links("flavors", flavor.flavorid)}


def full(call: Call[Any], flavor: Flavor, with_specs: bool) -> dict[str, Any]:
    shown = view(_FULL, flavor, call.version) | {"links": call.links("flavors", flavor.flavorid)}
    return shown | ({"extra_specs": flavor.extra_specs} if with_specs else {})


def shows_specs(call: Call[Any]) -> bool:
    return call.has(FLAVOR_EXTRA_SPECS) and call.allows(SPECS_SHOWN)
