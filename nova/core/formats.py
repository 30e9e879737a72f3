"""The named string formats that shapes may ask for, as the contract defines them."""

import base64
import binascii
import ipaddress
import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import jsonschema
from oslo_utils import timeutils

NAME_RULE = (
    "An invalid 'name' value was provided. The name must be: printable characters. "
    "Can not start or end with whitespace."
)


def is_uuid(text: str) -> bool:
    """Braces, the urn prefix and missing hyphens are tolerated."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def is_base64(text: str) -> bool:
    try:
        base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def is_cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text and not re.search(r"\s", text)


def is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return bool(text)


def parse_time(text: str) -> datetime:
    """ISO 8601 as clients write it; ValueError otherwise."""
    return timeutils.parse_isotime(text)


def is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def is_printable(text: str) -> bool:
    """No control, unassigned or separator character but the plain space kinds."""
    return all(c == " " or unicodedata.category(c)[0] not in "CZ" or
               unicodedata.category(c) == "Zs" for c in text)


def is_name(text: str) -> bool:
    return bool(text) and text == text.strip() and is_printable(text)


def is_loose_name(text: str) -> bool:
    return bool(text.strip()) and is_printable(text)


FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": is_uuid,
    "base64": is_base64,
    "cidr": is_cidr,
    "uri": is_uri,
    "regex": is_regex,
    "date-time": is_time,
    "ipv4": lambda text: _is_address(text, 4),
    "ipv6": lambda text: _is_address(text, 6),
    "name": is_name,
    "name_with_leading_trailing_spaces": is_loose_name,
    "az_name": lambda text: is_name(text) and ":" not in text,
    "az_name_with_leading_trailing_spaces": lambda text: is_loose_name(text) and ":" not in text,
}


def _checker() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(formats=())
    for name, accepts in FORMATS.items():
        checker.checks(name)(_for_strings(accepts))
    return checker


def _for_strings(accepts: Callable[[str], bool]) -> Callable[[Any], bool]:
    return lambda value: accepts(value) if isinstance(value, str) else True


CHECKER = _checker()
