"""Values to and from the wire: versioned objects inside plain containers."""

from datetime import datetime
from typing import Any

from nova.errors import NovaError, from_wire, to_wire
from nova.objects.registry import TIME_MARK, NovaObject

_OBJECT = "nova_object.name"


def encode(value: Any) -> Any:
    if isinstance(value, NovaObject):
        return value.obj_to_primitive()
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return {TIME_MARK: value.isoformat()}
    return value


def decode(value: Any) -> Any:
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if _OBJECT in value:
            return NovaObject.obj_from_primitive(value)
        if TIME_MARK in value:
            return datetime.fromisoformat(value[TIME_MARK])
        return {key: decode(item) for key, item in value.items()}
    return value


def answer(value: Any) -> dict[str, Any]:
    return {"value": encode(value)}


def refusal(error: BaseException) -> dict[str, Any]:
    return {"error": to_wire(error)}


def unwrap(reply: Any) -> Any:
    """The value of an answer; raises the error of a refusal."""
    if "error" in reply:
        error: NovaError = from_wire(reply["error"])
        raise error
    return decode(reply["value"])
