"""The version document inside the API, for those who have a token."""

from typing import Any

from nova.api.documents import ENDPOINT, ENDPOINTS, LEGACY_ENDPOINT, version_document
from nova.core.call import Call, Route
from nova.core.links import without_version
from nova.core.shape import query
from nova.errors import NotFound

OPEN = query(closed=False)


class VersionNotFound(NotFound):
    template = "Version {version} not found"


def _own(call: Call[Any]) -> Any:
    return version_document(LEGACY_ENDPOINT if call.legacy else ENDPOINT, _root(call))


def _named(call: Call[Any]) -> Any:
    for endpoint in ENDPOINTS:
        if call.params["id"] == endpoint.id:
            return version_document(endpoint, _root(call))
    raise VersionNotFound(version=call.params["id"])


def _root(call: Call[Any]) -> str:
    return without_version(call.endpoint)


ROUTES = (
    Route("GET", "/", _own, query=OPEN),
    Route("GET", "/versions/{id}", _named, query=OPEN),
)
