"""The named string formats that shapes may ask for, as the contract defines them."""

import base64
import binascii
import ipaddress
import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from oslo_utils import timeutils


class NameRefused(ValueError):
    """A name breaks its rule; the sentence is the whole answer, without the field's path."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"An invalid 'name' value was provided. The name must be: {rule}")


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
    except (re.error, OverflowError, RecursionError):
        return False
    return bool(text)


def parse_time(text: str) -> datetime:
    """ISO 8601 as clients write it, in UTC; ValueError otherwise."""
    try:
        return timeutils.parse_isotime(text).astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


def is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def zulu(moment: datetime | None) -> str | None:
    """Seconds, with a Z: the time format of servers."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def microseconds(moment: datetime | None) -> str | None:
    """Microseconds, without a zone: the time format of most other records."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _is_address(text: str, version: int) -> bool:
    """Zones of addresses mean something on one machine only, and are refused."""
    try:
        return ipaddress.ip_address(text).version == version and "%" not in text
    except ValueError:
        return False


def shortest_address(text: str | None) -> str | None:
    """The one way to write an address that there are many ways to write; it fits its column."""
    return None if text is None else str(ipaddress.ip_address(text))


def is_printable(text: str) -> bool:
    """No control, unassigned or separator character but the plain space kinds."""
    return all(c == " " or unicodedata.category(c)[0] not in "CZ" or
               unicodedata.category(c) == "Zs" for c in text)


def is_plain_text(text: str) -> bool:
    """Printable, and inside the basic plane; one line end may come last."""
    return is_printable(text.removesuffix("\n")) and all(c < "\U00010000" for c in text)


def is_name(text: str) -> bool:
    return bool(text) and text == text.strip() and is_printable(text)


def is_padded_name(text: str) -> bool:
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
    "printable": is_plain_text,
}

_EDGES = "Can not start or end with whitespace."
_PADDED = "with at least one non space character"
# format: (check, whether a colon is allowed, the rule as users are told)
NAMES: dict[str, tuple[Callable[[str], bool], bool, str]] = {
    "name": (is_name, True, f"printable characters. {_EDGES}"),
    "name_with_leading_trailing_spaces": (
        is_padded_name, True, f"printable characters {_PADDED}"
    ),
    "az_name": (is_name, False, f"printable characters except :.{_EDGES}"),
    "az_name_with_leading_trailing_spaces": (
        is_padded_name, False, f"printable characters except : {_PADDED}"
    ),
}
