"""Request ids: every answer names its request, and may name the caller's own."""

import re
from collections.abc import Iterable
from typing import Any

from nova.api.wsgi import GLOBAL_REQUEST_ID, REQUEST_ID, Environ, StartResponse, Wsgi
from nova.context import new_request_id

HEADERS = ("X-Openstack-Request-Id", "X-Compute-Request-Id")

_INCOMING = "HTTP_X_OPENSTACK_REQUEST_ID"
_WELL_FORMED = re.compile(
    r"req-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", re.IGNORECASE
)


def with_request_ids(app: Wsgi) -> Wsgi:
    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request_id = environ[REQUEST_ID] = new_request_id()
        incoming = environ.get(_INCOMING, "")
        environ[GLOBAL_REQUEST_ID] = incoming if _WELL_FORMED.fullmatch(incoming) else None
        added = [(name, request_id) for name in HEADERS]

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            return start_response(status, headers + added, error)

        return app(environ, start)

    return answer
