"""Errors in Neutron's form: {"NeutronError": {"type", "message", "detail"}}."""

from typing import Any

from nova.standalone.web.application import json_response
from nova.standalone.web.fault import Fault


def render(fault: Fault, request: Any) -> Any:
    headers = dict(fault.headers)
    if fault.status == 401:
        headers["WWW-Authenticate"] = f'Keystone uri="{request.host_url}"'
        error = {"code": 401, "title": "Unauthorized", "message": fault.message}
        return json_response({"error": error}, 401, headers)
    kind = fault.kind or DEFAULT_KINDS.get(fault.status, "HTTPInternalServerError")
    error = {"type": kind, "message": fault.message, "detail": ""}
    return json_response({"NeutronError": error}, fault.status, headers)


DEFAULT_KINDS = {
    400: "HTTPBadRequest",
    403: "PolicyNotAuthorized",
    404: "HTTPNotFound",
    405: "HTTPMethodNotAllowed",
    409: "HTTPConflict",
}
MISSING = {
    "network": ("NetworkNotFound", "Network {} could not be found."),
    "subnet": ("SubnetNotFound", "Subnet {} could not be found."),
    "port": ("PortNotFound", "Port {} could not be found."),
    "security_group": ("SecurityGroupNotFound", "Security group {} does not exist"),
    "security_group_rule": (
        "SecurityGroupRuleNotFound",
        "Security group rule {} does not exist",
    ),
}


def missing(singular: str, row_id: str) -> Fault:
    kind, text = MISSING[singular]
    return Fault(404, text.format(row_id), kind)


def invalid(name: str, reason: str) -> Fault:
    return Fault(400, f"Invalid input for {name}. Reason: {reason}", "HTTPBadRequest")


def invalid_input(message: str) -> Fault:
    return Fault(400, f"Invalid input for operation: {message}", "InvalidInput")


def disallowed(action: str) -> Fault:
    return Fault(403, f"(rule:{action}) is disallowed by policy", "PolicyNotAuthorized")
