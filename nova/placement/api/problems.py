"""Error documents."""

import json
from http import HTTPStatus
from typing import Any

from nova.placement import versions
from nova.placement.errors import PlacementError


def document(error: PlacementError, request_id: str, version: int) -> bytes:
    """The body the contract gives to `error`."""
    entry: dict[str, Any] = {
        "status": error.code,
        "request_id": request_id,
        "detail": error.message,
        "title": HTTPStatus(error.code).phrase,
    }
    if version >= versions.ERROR_CODES:
        entry["code"] = error.token
    if error.code == HTTPStatus.NOT_ACCEPTABLE:
        entry["max_version"] = versions.written(versions.NEWEST)
        entry["min_version"] = versions.written(versions.OLDEST)
    return json.dumps({"errors": [entry]}).encode()
