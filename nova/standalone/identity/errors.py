"""Errors in Keystone's words and form."""

from http import HTTPStatus
from typing import Any

from nova.standalone.web.application import json_response
from nova.standalone.web.fault import Fault, forbidden, not_found


def missing(kind: str, name: str) -> Fault:
    return not_found(f"Could not find {kind.replace('_', ' ')}: {name}.")


def denied_action(action: str) -> Fault:
    return forbidden(f"You are not authorized to perform the requested action: {action}.")


def render(fault: Fault, request: Any) -> Any:
    title = HTTPStatus(fault.status).phrase
    error = {"code": fault.status, "message": fault.message, "title": title}
    headers = dict(fault.headers)
    if fault.status == 401:
        headers["WWW-Authenticate"] = f'Keystone uri="{request.application_url}"'
    headers["Vary"] = "X-Auth-Token"
    return json_response({"error": error}, fault.status, headers)
