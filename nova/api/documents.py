"""The version documents that anybody may read."""

from dataclasses import dataclass
from typing import Any

from nova.microversions import NEWEST, OLDEST

MEDIA = "application/json"
MANUAL = "http://docs.openstack.org/"


@dataclass(frozen=True)
class Endpoint:
    """One mounted version of the API; `mount` is its first path segment."""

    id: str
    mount: str
    status: str
    updated: str
    media: str
    newest: str = ""
    oldest: str = ""


LEGACY_ENDPOINT = Endpoint("v2.0", "v2", "DEPRECATED", "2011-01-21T11:33:21Z", "2")
ENDPOINT = Endpoint(
    "v2.1", "v2.1", "CURRENT", "2013-07-23T11:33:21Z", "2.1", str(NEWEST), str(OLDEST)
)
ENDPOINTS = (LEGACY_ENDPOINT, ENDPOINT)


def version_list(root: str) -> dict[str, Any]:
    return {"versions": [_entry(endpoint, root) for endpoint in ENDPOINTS]}


def version_document(endpoint: Endpoint, root: str) -> dict[str, Any]:
    entry = _entry(endpoint, root)
    entry["links"].append({"rel": "describedby", "type": "text/html", "href": MANUAL})
    return {"version": entry | {"media-types": [_media(endpoint)]}}


def choices(root: str, path: str) -> dict[str, Any]:
    """What a request outside of every version may have meant."""
    return {
        "choices": [
            {
                "id": endpoint.id,
                "status": endpoint.status,
                "links": [{"rel": "self", "href": f"{root}/{endpoint.mount}{path}"}],
                "media-types": [_media(endpoint)],
            }
            for endpoint in ENDPOINTS
        ]
    }


def _entry(endpoint: Endpoint, root: str) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "status": endpoint.status,
        "version": endpoint.newest,
        "min_version": endpoint.oldest,
        "updated": endpoint.updated,
        "links": [{"rel": "self", "href": f"{root}/{endpoint.mount}/"}],
    }


def _media(endpoint: Endpoint) -> dict[str, str]:
    kind = f"application/vnd.openstack.compute+json;version={endpoint.media}"
    return {"base": MEDIA, "type": kind}
