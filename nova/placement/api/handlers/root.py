"""The list of versions."""

from nova.placement import versions
from nova.placement.api.request import Reply, Request


def home(request: Request) -> Reply:
    entry = {
        "id": "v1.0",
        "max_version": versions.written(versions.NEWEST),
        "min_version": versions.written(versions.OLDEST),
        "status": "CURRENT",
        "links": [{"rel": "self", "href": request.prefix}],
    }
    return Reply(body={"versions": [entry]}, changed_at=request.now)
