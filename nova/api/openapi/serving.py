"""GET /openapi.json?version=2.96: anybody may read what the API is.

Beside the versions of the API, not inside one: none of their addresses is touched.
Without `version` it is the newest.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qs

from nova.api.openapi.document import Retired, document
from nova.api.wsgi import Environ, StartResponse, Wsgi
from nova.core.call import Route
from nova.microversions import NEWEST, OLDEST, Microversion

PATH = "/openapi.json"
KEPT = 8


def openapi_page(routes: Iterable[Route], retired: Iterable[Retired]) -> Wsgi:
    declared, gone = tuple(routes), tuple(retired)

    @lru_cache(maxsize=KEPT)
    def text(version: Microversion) -> bytes:
        return json.dumps(document(declared, version, gone)).encode()

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        version = _asked(environ.get("QUERY_STRING", ""))
        if version is None:
            words = f"version must be one of {OLDEST} to {NEWEST}"
            body = json.dumps({"badRequest": {"code": 400, "message": words}}).encode()
            return _send(start_response, "400 Bad Request", body)
        return _send(start_response, "200 OK", text(version))

    return answer


def _asked(query: str) -> Microversion | None:
    """None for what is no version of ours."""
    given = parse_qs(query).get("version", [str(NEWEST)])[-1]
    try:
        version = Microversion.parse(given)
    except ValueError:
        return None
    return version if OLDEST <= version <= NEWEST else None


def _send(start_response: StartResponse, status: str, body: bytes) -> Iterable[bytes]:
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
