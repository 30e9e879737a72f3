"""With which codes a route may refuse.

Any route may with the codes of REFUSALS; that something is in the way (409) is said by
those that conflicts.json lists, as "METHOD path [action]", and by routes that only this
project has.
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from nova.core.call import Route

# A service behind this one may be away, or may be unable to do what is asked.
REFUSALS = {
    400: "The request is malformed, or asks for what cannot be",
    401: "It is not known who asks",
    403: "Not allowed, or more than allowed",
    404: "Something that is named is not there, or not at this version",
    406: "There is no such version",
    413: "The request is too large",
    415: "The body is not JSON",
    501: "Not supported here",
    503: "A service that is needed does not answer",
}
CONFLICT = 409
CONFLICT_TOLD = "Something is in the way"


def refusals(routes: Iterable[Route]) -> dict[int, str]:
    """{code: why} of the routes of one path and method."""
    conflicts = any(_conflicts(route) for route in routes)
    return REFUSALS | ({CONFLICT: CONFLICT_TOLD} if conflicts else {})


def _conflicts(route: Route) -> bool:
    name = " ".join(part for part in (route.method, route.path, route.action) if part)
    return route.answer is not None or name in _table()


@cache
def _table() -> frozenset[str]:
    return frozenset(json.loads(files("nova.api.openapi").joinpath("conflicts.json").read_text()))
