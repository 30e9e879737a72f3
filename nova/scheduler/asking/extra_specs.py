"""Groups that a flavor writes out: resources<S>:<CLASS>, trait<S>:<TRAIT>, group_policy."""

import logging
import re
from collections import defaultdict
from collections.abc import Mapping

from nova.scheduler.asking.draft import Draft

LOG = logging.getLogger(__name__)
_RESOURCE = re.compile(r"^resources([a-zA-Z0-9_-]{1,64})?:([A-Z0-9_]+)$")
_TRAIT = re.compile(r"^trait([a-zA-Z0-9_-]{1,64})?:([A-Z0-9_]+)$")
POLICIES = ("none", "isolate")


def groups(specs: Mapping[str, str]) -> defaultdict[str, Draft]:
    """{suffix: draft}; the unsuffixed one is "" and always there."""
    found: defaultdict[str, Draft] = defaultdict(Draft)
    found[""] = Draft()
    for key, value in specs.items():
        _read_amount(found, key, value)
        _read_trait(found, key, value)
    return found


def policy(specs: Mapping[str, str]) -> str | None:
    asked = specs.get("group_policy")
    if asked is not None and asked not in POLICIES:
        LOG.warning("group_policy %r of a flavor is neither of %s, ignored", asked, POLICIES)
        return None
    return asked


def image_traits(properties: Mapping[str, object]) -> frozenset[str]:
    """Traits an image requires: trait:<T>=required, or all at once in traits_required."""
    listed = properties.get("traits_required")
    named = {key.removeprefix("trait:") for key, value in properties.items()
             if key.startswith("trait:") and value == "required"}
    return frozenset(named | set(listed if isinstance(listed, (list, tuple)) else ()))


def _read_amount(found: defaultdict[str, Draft], key: str, value: str) -> None:
    match = _RESOURCE.match(key)
    if match is None:
        return
    if not value.isdigit():
        LOG.warning("%s=%s of a flavor is no amount, ignored", key, value)
        return
    found[match.group(1) or ""].resources[match.group(2)] = int(value)


def _read_trait(found: defaultdict[str, Draft], key: str, value: str) -> None:
    match = _TRAIT.match(key)
    if match is None:
        return
    draft = found[match.group(1) or ""]
    if value == "required":
        draft.required.add(match.group(2))
    elif value == "forbidden":
        draft.forbidden.add(match.group(2))
    else:
        LOG.warning("%s=%s of a flavor is neither required nor forbidden, ignored", key, value)
