"""Holding values against shapes.

Apart from the shapes themselves, because only processes that serve the API check
any, and the library that does it is large.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
from jsonschema import validators

from nova.core.formats import FORMATS, NAMES, NameRefused
from nova.core.shape import Schema, Shape
from nova.microversions import LEGACY, Microversion


def _name_check(accepts: Callable[[str], bool], colon: bool, rule: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if isinstance(value, str) and not (accepts(value) and (colon or ":" not in value)):
            raise NameRefused(rule)
        return True

    return check


def _for_strings(accepts: Callable[[str], bool]) -> Callable[[Any], bool]:
    return lambda value: accepts(value) if isinstance(value, str) else True


def _checker() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(formats=())
    for name, accepts in FORMATS.items():
        checker.checks(name)(_for_strings(accepts))
    for name, (accepts, colon, rule) in NAMES.items():
        checker.checks(name, raises=NameRefused)(_name_check(accepts, colon, rule))
    return checker


CHECKER = _checker()


def _whole(instance: Any) -> float | None:
    """The number that a bound is compared with; strings count as what they read as."""
    if isinstance(instance, float):
        return int(instance) if instance.is_integer() else instance
    if isinstance(instance, int) and not isinstance(instance, bool):
        return instance
    if isinstance(instance, str):
        return _read_whole(instance)
    return None


def _read_whole(digits: str) -> float | None:
    try:
        return int(digits)
    except ValueError:
        # More digits than Python reads; whatever the bound, it is passed.
        return float("inf") if digits.isdigit() else None


def _bound(wrong: Callable[[float, float], bool], words: str) -> Any:
    def check(validator: Any, limit: float, instance: Any, schema: Schema) -> Any:
        number = _whole(instance)
        if number is not None and wrong(number, limit):
            yield jsonschema.ValidationError(f"{number!r} is {words} of {limit!r}")

    return check


Validator = validators.extend(
    jsonschema.Draft202012Validator,
    {
        "minimum": _bound(lambda n, low: n < low, "less than the minimum"),
        "maximum": _bound(lambda n, high: n > high, "greater than the maximum"),
    },
)


class Checked:
    """A shape with its validators, compiled when first needed, one per differing schema."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._by_version: dict[Microversion, Any] = {}
        self._by_schema: dict[str, Any] = {}

    def validator(self, version: Microversion) -> Any:
        found = self._by_version.get(version)
        if found is None:
            schema = self.shape.schema(version)
            key = json.dumps(schema, sort_keys=True, default=str)
            found = self._by_schema.setdefault(key, Validator(schema, format_checker=CHECKER))
            self._by_version[version] = found
        return found

    def first_error(self, version: Microversion, value: Any) -> jsonschema.ValidationError | None:
        """The first violation in the order of the schema, or None when `value` fits."""
        return next(self.validator(version).iter_errors(value), None)

    def known(self, version: Microversion, query: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Those parameters that the shape names: the others are not looked at."""
        schema = self.validator(version).schema
        named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        return {
            name: values for name, values in query.items()
            if name in named or any(re.search(pattern, name) for pattern in patterns)
        }

    def drop_unknown(self, value: Any) -> None:
        """Remove, in place, the keys that /v2 requests may carry without meaning."""
        for error in list(self.validator(LEGACY).iter_errors(value)):
            if error.validator == "additionalProperties" and isinstance(error.instance, dict):
                for key in set(error.instance) - set(error.schema.get("properties", {})):
                    del error.instance[key]


def violation(error: jsonschema.ValidationError, *, query: bool = False) -> str:
    """The contract's sentence for a violation of a body, or of a query string.

    A body's names the innermost field, a query's the parameter.
    """
    if isinstance(error.cause, NameRefused):
        return str(error.cause)
    if not error.path:
        return str(error.message)
    where = (
        f"query parameters {error.path[0]}" if query else f"field/attribute {error.path[-1]}"
    )
    return f"Invalid input for {where}. Value: {error.instance}. {error.message}"
