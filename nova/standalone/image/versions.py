"""Which versions of the image API there are."""

from typing import Any

from nova.standalone.web.application import Call, Route, json_response


class Versions:
    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/", _choices, public=True),
            Route("GET", "/versions", _list, public=True),
        )


def _choices(call: Call) -> Any:
    return json_response(_document(call), 300)


def _list(call: Call) -> dict[str, Any]:
    return _document(call)


def _document(call: Call) -> dict[str, Any]:
    links = [{"rel": "self", "href": f"{call.host_url}/v2/"}]
    versions = [
        {"id": f"v2.{minor}", "status": status, "links": links}
        for minor, status in ((9, "CURRENT"), (7, "SUPPORTED"), (2, "SUPPORTED"), (0, "SUPPORTED"))
    ]
    return {"versions": versions}
