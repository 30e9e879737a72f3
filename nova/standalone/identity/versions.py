"""What the identity service says of itself before anybody has logged in."""

from typing import Any

from nova.standalone.web.application import Call, Route, json_response

MEDIA = "application/vnd.openstack.identity-v3+json"


class Versions:
    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/", self.all, public=True),
            Route("GET", "/v3", self.v3, public=True),
        )

    def all(self, call: Call) -> Any:
        return json_response({"versions": {"values": [_version(call)]}}, 300)

    def v3(self, call: Call) -> dict[str, Any]:
        return {"version": _version(call)}


def _version(call: Call) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{call.host_url}/v3/"}],
        "media-types": [{"base": "application/json", "type": MEDIA}],
    }
