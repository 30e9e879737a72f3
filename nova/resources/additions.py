"""Routes that are this project's own: outside of the microversions, with versions of theirs.

Each addition is described at /nova-additions, and its answers carry the header
`X-Nova-Extension: NAME VERSION`; a client of plain OpenStack never meets one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nova.core.call import Answer, Call, Route
from nova.core.policy import ANYONE, Policy
from nova.core.shape import NO_QUERY

HEADER = "X-Nova-Extension"
POLICY = Policy("nova-additions:index", ANYONE, "List the additions to the API of OpenStack")


@dataclass(frozen=True)
class Addition:
    """`version` grows by a minor number when something is added, by a major one otherwise."""

    name: str
    version: str
    updated: str
    description: str

    def answer(self, body: Any, status: int | None = None) -> Answer:
        return Answer(body, status, {HEADER: f"{self.name} {self.version}"})


SCHEDULING = Addition(
    "scheduling", "1.0", "2026-11-21T00:00:00Z",
    "Why a server went where it went, and where one would go.",
)
# (addition, method, path)
PLACES = (
    (SCHEDULING, "GET", "/servers/{id}/scheduling-decisions"),
    (SCHEDULING, "POST", "/scheduling-queries"),
)


def _list(call: Call[Any]) -> Answer:
    return Answer({"additions": [_shown(one) for one in (SCHEDULING,)]},
                  headers={HEADER: f"{SCHEDULING.name} {SCHEDULING.version}"})


def _shown(addition: Addition) -> dict[str, Any]:
    return {
        "name": addition.name, "version": addition.version, "min_version": addition.version,
        "updated": addition.updated, "description": addition.description,
        "routes": _routes(addition),
    }


def _routes(addition: Addition) -> Sequence[dict[str, str]]:
    return [{"method": method, "path": path}
            for owner, method, path in PLACES if owner is addition]


ROUTES = (Route("GET", "/nova-additions", _list, POLICY, query=NO_QUERY),)
