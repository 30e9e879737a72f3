"""From bytes to checked values: paths, queries and bodies of requests."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import webob

from nova.core.validating import Checked, violation
from nova.errors import Invalid, NovaError
from nova.microversions import BASE, LEGACY, Microversion

MEDIA_TYPES = ("application/json", "application/vnd.openstack.compute+json")
METHODS_WITH_BODY = ("POST", "PUT")
MAX_PARAMETERS = 1000


class BodyMalformed(Invalid):
    template = "Malformed request body"


class QueryMalformed(Invalid):
    template = "Query string is not UTF-8 encoded"


class ContentTypeUnsupported(NovaError):
    template = "Unsupported Content-Type"
    code = 415


class ShapeViolated(Invalid):
    template = "{sentence}"


def read_query(text: str) -> dict[str, list[str]]:
    """{name: [values]} of a query string."""
    query: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            text.encode("latin-1").decode("utf-8"),
            keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise QueryMalformed from None
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise QueryMalformed
        query.setdefault(name, []).append(value)
    return query


def read_body(request: webob.Request) -> Any:
    """The JSON of a request that may have a body; None when it sent none."""
    if request.method not in METHODS_WITH_BODY or not request.is_body_readable:
        return None
    media = request.content_type
    if not media or media == "text/plain":
        return None
    if media not in MEDIA_TYPES:
        raise ContentTypeUnsupported
    return parse_json(request.body) if request.body else None


def parse_json(text: bytes) -> Any:
    """Strict: no NaN, no lone surrogates and no NUL, which no database keeps."""
    try:
        value = json.loads(text, parse_constant=_refuse)
        if b"\\u" in text:
            _storable(value)
    except (ValueError, RecursionError):
        raise BodyMalformed from None
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _storable(value: Any) -> None:
    whole = json.dumps(value, ensure_ascii=False)
    whole.encode()
    if "\\u0000" in whole:
        raise ValueError("NUL")


def check_body(shape: Checked, version: Microversion, legacy: bool, body: Any) -> None:
    """Raise unless the body fits; drops what /v2 lets pass."""
    if body is None and shape.first_error(LEGACY if legacy else version, None) is not None:
        raise BodyMalformed
    if legacy and body is not None:
        shape.drop_unknown(body)
    _check(shape, LEGACY if legacy else version, body, query=False)


def check_query(
    shape: Checked, version: Microversion, query: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """The parameters that mean something at this version; raises when one is wrong."""
    _check(shape, max(version, BASE), dict(query), query=True)
    return shape.known(version, query)


def _check(shape: Checked, version: Microversion, value: Any, *, query: bool) -> None:
    try:
        error = shape.first_error(version, value)
    except RecursionError:
        raise BodyMalformed from None
    if error is not None:
        raise ShapeViolated(sentence=violation(error, query=query))
