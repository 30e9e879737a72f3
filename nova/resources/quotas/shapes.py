"""Which resources quotas tell of, at each version."""

from collections.abc import Callable, Mapping
from typing import Any

from nova.core.shape import BOOLEAN, Field, Shape, integer, obj
from nova.core.view import before
from nova.microversions import BASE, PERSONALITY_GONE, PROXIES_GONE, Microversion
from nova.resources.quotas.limits import NETWORK, UNLIMITED

_FILES = ("injected_file_content_bytes", "injected_file_path_bytes", "injected_files")
_SERVERS = ("cores", "instances", "key_pairs", "metadata_items", "ram")
_GROUPS = ("server_group_members", "server_groups")
_LIMIT = integer(-1, 2**31 - 1, pattern="^-?[0-9]+$")


def fields(network_gone: Microversion = PROXIES_GONE) -> tuple[Field, ...]:
    """Of a body; `network_gone` is the version without the network's."""
    return (
        *(Field(name, _LIMIT) for name in (*_SERVERS, *_GROUPS)),
        *(Field(name, _LIMIT, until=before(PERSONALITY_GONE)) for name in _FILES),
        *(Field(name, _LIMIT, until=before(network_gone)) for name in NETWORK),
    )


def body(name: str, *more: Field, network_gone: Microversion = PROXIES_GONE) -> Shape:
    return obj(Field(name, obj(*more, *fields(network_gone)), required=True))


FORCE = Field("force", BOOLEAN)


def shown(
    limits: Mapping[str, int],
    version: Microversion,
    *,
    network_gone: Microversion = PROXIES_GONE,
    groups_since: Microversion = BASE,
    of: Callable[[str, int], Any] = lambda resource, limit: limit,
) -> dict[str, Any]:
    """What an answer tells of each resource: `of` its name and limit."""
    names = list(_SERVERS)
    names += _GROUPS if groups_since <= version else ()
    names += _FILES if version < PERSONALITY_GONE else ()
    told = {name: of(name, limits[name]) for name in names}
    if version < network_gone:
        told |= {name: of(name, limits.get(name, UNLIMITED)) for name in NETWORK}
    return told
