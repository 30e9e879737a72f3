"""What this network service says it can do: only what it does."""

from collections.abc import Mapping
from typing import Any

from nova.standalone.web.application import Call, Route, json_response
from nova.standalone.web.fault import not_found

UPDATED = "2026-01-01T00:00:00-00:00"
EXTENSIONS = {
    "allowed-address-pairs": "Allowed Address Pairs",
    "binding": "Port Binding",
    "binding-extended": "Port Bindings Extended",
    "dns-integration": "DNS Integration",
    "external-net": "Neutron external network",
    "ip-substring-filtering": "IP address substring filtering",
    "net-mtu": "Network MTU",
    "net-mtu-writable": "Network MTU (writable)",
    "pagination": "Pagination support",
    "port-security": "Port Security",
    "project-id": "project_id field enabled",
    "provider": "Provider Network",
    "quota_details": "Quota details management support",
    "quotas": "Quota management support",
    "security-group": "security-group",
    "sorting": "Sorting support",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-revisions": "Resource revision numbers",
    "standard-attr-tag": "Tag support for resources with standard attribute",
    "standard-attr-timestamp": "Resource timestamps",
}

# Offered only where it is wanted.
AUTO = {"auto-allocated-topology": "Auto Allocated Topology Services"}


class Extensions:
    def __init__(self, more: Mapping[str, str] | None = None) -> None:
        self._names = {**EXTENSIONS, **(more or {})}

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/v2.0/extensions", self.index),
            Route("GET", "/v2.0/extensions/{alias}", self.show),
        )

    def index(self, call: Call) -> dict[str, Any]:
        return {"extensions": [_view(*one) for one in self._names.items()]}

    def show(self, call: Call) -> dict[str, Any]:
        alias = call.args["alias"]
        if alias not in self._names:
            raise not_found(f"Extension with alias {alias} does not exist", "ExtensionNotFound")
        return {"extension": _view(alias, self._names[alias])}


class Versions:
    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/", self.all, public=True),
            Route("GET", "/v2.0", self.resources),
        )

    def all(self, call: Call) -> Any:
        links = [{"rel": "self", "href": f"{call.host_url}/v2.0/"}]
        return json_response({"versions": [{"id": "v2.0", "status": "CURRENT", "links": links}]})

    def resources(self, call: Call) -> dict[str, Any]:
        names = ("networks", "subnets", "ports", "security-groups", "security-group-rules")
        found = []
        for name in names:
            links = [{"rel": "self", "href": f"{call.host_url}/v2.0/{name}"}]
            plural = name.replace("-", "_")
            found.append({"name": plural.removesuffix("s"), "collection": plural, "links": links})
        return {"resources": found}


def _view(alias: str, name: str) -> dict[str, Any]:
    return {"alias": alias, "name": name, "description": name, "updated": UPDATED, "links": []}
