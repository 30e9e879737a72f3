"""The bodies that write allocations, as they grew."""

from typing import Any

from nova.placement import versions
from nova.placement.api.schema import (
    CLASS_KEY,
    EXTERNAL_ID,
    GENERATION,
    UUID,
    UUID_KEY,
    Definition,
    Schema,
    closed,
    keyed,
)
from nova.placement.db.schema import INT_MAX

_AMOUNT = {"type": "integer", "minimum": 1, "maximum": INT_MAX}
_RESOURCES = keyed(CLASS_KEY, _AMOUNT, least=1)
_OWNER = {"project_id": EXTERNAL_ID, "user_id": EXTERNAL_ID}
_GENERATION = {
    "consumer_generation": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
}
_MAPPINGS = {
    "mappings": keyed(
        "^[a-zA-Z0-9_-]{0,64}$",
        {"type": "array", "minItems": 1, "items": UUID},
        least=1,
    )
}
_TYPE = {
    "consumer_type": {
        "anyOf": [
            {"type": "string", "pattern": "^[A-Z0-9_]+$", "minLength": 1, "maxLength": 255},
            {"enum": ["unknown"]},
        ]
    }
}

_LISTED = {
    "allocations": {
        "type": "array",
        "minItems": 1,
        "items": closed(
            {
                "resource_provider": closed({"uuid": UUID}),
                "resources": _RESOURCES,
            }
        ),
    }
}


def _keyed(least: int) -> dict[str, Any]:
    # A generation is what a client read with the allocation; nobody compares it.
    entry = closed({"resources": _RESOURCES}, {"generation": GENERATION})
    return {"allocations": keyed(UUID_KEY, entry, least=least)}


_SEVERAL = {**_keyed(0), **_OWNER}
_ENTRIES: dict[int, Definition] = {
    versions.MANY_CONSUMERS: closed(_SEVERAL),
    versions.CONSUMER_GENERATIONS: closed({**_SEVERAL, **_GENERATION}),
    versions.MAPPINGS: closed({**_SEVERAL, **_GENERATION}, _MAPPINGS),
    versions.CONSUMER_TYPES: closed({**_SEVERAL, **_GENERATION, **_TYPE}, _MAPPINGS),
}


def entries(least: int) -> dict[int, Definition]:
    """{consumer: what it shall use}, for each range of versions."""
    return {since: keyed(UUID_KEY, entry, least=least) for since, entry in _ENTRIES.items()}


REPLACE = Schema(
    {
        versions.OLDEST: closed(_LISTED),
        versions.CONSUMER_OWNERS: closed({**_LISTED, **_OWNER}),
        versions.ALLOCATIONS_AS_DICT: closed({**_keyed(1), **_OWNER}),
        **{since: entry for since, entry in _ENTRIES.items() if since > versions.MANY_CONSUMERS},
    }
)
MANAGE = Schema(entries(1))
