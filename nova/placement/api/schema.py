"""JSON schemas that change with the microversion."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema

from nova.placement import errors

Definition = Mapping[str, Any]
Check = Callable[[Any], str | None]
"""Says what is wrong with a body, or None."""


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def _formats() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(formats=())
    checker.checks("uuid")(_is_uuid)
    return checker


class Schema:
    """The definition for each range of versions: {first version: definition}."""

    def __init__(self, definitions: Mapping[int, Definition]) -> None:
        formats = _formats()
        self._validators = [
            (since, jsonschema.Draft4Validator(definitions[since], format_checker=formats))
            for since in sorted(definitions, reverse=True)
        ]

    def check(self, body: Any, version: int) -> None:
        """Raises `errors.BadRequest`."""
        validator = next(each for since, each in self._validators if version >= since)
        error = jsonschema.exceptions.best_match(validator.iter_errors(body))
        if error is not None:
            where = "/".join(str(part) for part in error.absolute_path)
            raise errors.BadRequest(
                message=f"JSON does not validate: {error.message}"
                + (f" (at {where})" if where else "")
            )


def closed(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Definition:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": sorted(required),
        "additionalProperties": False,
    }


def keyed(pattern: str, value: Definition, *, least: int = 0) -> Definition:
    """An object whose keys match `pattern`."""
    return {
        "type": "object",
        "patternProperties": {pattern: value},
        "additionalProperties": False,
        "minProperties": least,
    }


UUID = {"type": "string", "format": "uuid"}
UUID_KEY = "^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$"
CLASS_KEY = "^[A-Z0-9_]+$"
CUSTOM_NAME = {"type": "string", "pattern": "^CUSTOM_[A-Z0-9_]+$", "maxLength": 255}
GENERATION = {"type": "integer"}
EXTERNAL_ID = {"type": "string", "minLength": 1, "maxLength": 255}
