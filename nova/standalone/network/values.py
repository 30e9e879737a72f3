"""Converters of attribute values: each gives what is stored, or raises ValueError."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

Converter = Callable[[Any], Any]
MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")
LABEL = re.compile(r"^(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$")
UUID = re.compile(r"^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$", re.IGNORECASE)
TRUE, FALSE = (True, 1, "true", "True", "1"), (False, 0, "false", "False", "0")


def text(longest: int = 255) -> Converter:
    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"'{value}' is not a valid string.")
        if len(value) > longest:
            raise ValueError(f"'{value}' exceeds maximum length of {longest}.")
        return value

    return convert


def or_none(convert: Converter) -> Converter:
    return lambda value: None if value is None else convert(value)


def flag(value: Any) -> bool:
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ValueError(f"'{value}' cannot be converted to boolean.")


def number(low: int, high: int) -> Converter:
    def convert(value: Any) -> int:
        try:
            found = int(value)
        except (TypeError, ValueError):
            raise ValueError(f"'{value}' is not an integer.") from None
        if not low <= found <= high:
            raise ValueError(f"'{value}' is not in range {low} to {high}.")
        return found

    return convert


def one_of(*allowed: Any) -> Converter:
    def convert(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"'{value}' is not in {list(allowed)}.")
        return value

    return convert


def uuid(value: Any) -> str:
    if not isinstance(value, str) or not UUID.match(value):
        raise ValueError(f"'{value}' is not a valid UUID.")
    return value


def mac(value: Any) -> str:
    found = str(value).lower().replace("-", ":")
    if not MAC.match(found) or int(found[1], 16) & 1:
        raise ValueError(f"'{value}' is not a valid MAC address.")
    return found


def address(value: Any) -> str:
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise ValueError(f"'{value}' is not a valid IP address.") from None


def prefix(value: Any) -> str:
    """A network or one address, host bits cleared."""
    try:
        return str(ipaddress.ip_network(str(value), strict=False))
    except ValueError:
        raise ValueError(f"'{value}' is not a valid IP subnet.") from None


def list_of(convert: Converter, most: int = 100) -> Converter:
    def convert_all(values: Any) -> list[Any]:
        if values is None:
            return []
        if not isinstance(values, list) or len(values) > most:
            raise ValueError(f"'{values}' is not a list of at most {most}.")
        return [convert(value) for value in values]

    return convert_all


def object_with(**converters: Converter) -> Converter:
    """An object with these keys only, all of them optional."""

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not set(value) <= set(converters):
            raise ValueError(f"'{value}' is not an object with {sorted(converters)}.")
        return {key: converters[key](item) for key, item in value.items()}

    return convert


def free_object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"'{value}' is not a dictionary.")
    return value


def host_name(value: Any) -> str:
    """A DNS label, or a name of several, or nothing."""
    name = text()(value or "")
    if name and not all(LABEL.match(label) for label in name.removesuffix(".").split(".")):
        raise ValueError(f"'{value}' is not a valid DNS name.")
    return name
