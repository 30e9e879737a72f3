"""Errors as answers: {"<kind of fault>": {"code": ..., "message": ...}}."""

import json
import logging
from collections.abc import Mapping

import webob

from nova.errors import NovaError, Refused

LOG = logging.getLogger(__name__)

KINDS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}
UNKNOWN_KIND = "computeFault"

NOT_FOUND = "The resource could not be found."
GONE = "This resource is no longer available.  No forwarding address is given."
UNEXPECTED = (
    "Unexpected API Error. Please tell the operators of this cloud, with the request id.\n{kind}"
)


def fault(code: int, message: str, headers: Mapping[str, str] | None = None) -> webob.Response:
    """The answer that says `message`; answers that ask to come back say when in the body too."""
    details: dict[str, object] = {"code": code, "message": message}
    given = dict(headers or {})
    if code in (413, 429):
        details["retryAfter"] = given.setdefault("Retry-After", "0")
    body = json.dumps({KINDS.get(code, UNKNOWN_KIND): details}).encode()
    answer = webob.Response(body, status=code, content_type="application/json", charset=None)
    answer.headers.update(given)
    return answer


def of_error(error: Exception) -> webob.Response:
    """The answer for whatever a handler raised; what has no name is logged, not told,
    unless the contract has a sentence for it."""
    if isinstance(error, Refused) or (isinstance(error, NovaError) and error.code != 500):
        if error.code == 503:
            LOG.warning("Answered 503: %s", error)
        return fault(error.code, error.message)
    LOG.exception("Unexpected error in the API")
    return fault(500, UNEXPECTED.format(kind=type(error)))
