"""Shapes: what a body or a query may look like, at each microversion.

A shape is declared once with `since` and `until` on its fields; `Shape.schema`
computes the JSON schema of one version (nova/core/validating.py holds values
against it).  The dialect is JSON Schema 2020-12 with
the two changes the contract asks for: `minimum` and `maximum` also bind numeric
strings, and the formats are ours (nova/core/formats.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nova.microversions import BASE, LEGACY, STRICT_QUERIES, Microversion

Schema = dict[str, Any]


class Shape(Protocol):
    def schema(self, version: Microversion) -> Schema:
        """The JSON schema of this shape at `version`."""


@dataclass(frozen=True)
class Raw:
    """A JSON schema as it stands, the same at every version."""

    document: Mapping[str, Any]

    def schema(self, version: Microversion) -> Schema:
        return dict(self.document)


@dataclass(frozen=True)
class Versioned:
    """One of several shapes: the last whose version has come.

    `cases` are (since, shape) in rising order.
    """

    cases: tuple[tuple[Microversion, Shape], ...]

    def schema(self, version: Microversion) -> Schema:
        reached = max(version, BASE)
        fitting = [shape for since, shape in self.cases if since <= reached]
        return fitting[-1].schema(version)


@dataclass(frozen=True)
class Legacy:
    """One shape for requests through /v2, another for all versions."""

    legacy: Shape
    otherwise: Shape

    def schema(self, version: Microversion) -> Schema:
        return (self.legacy if version == LEGACY else self.otherwise).schema(version)


@dataclass(frozen=True)
class Field:
    """One key of an object.

    `required` is a bool, or the version from which the key is required.
    The field exists from `since` to `until`, both included.
    """

    name: str
    shape: Shape
    required: bool | Microversion = False
    since: Microversion = BASE
    until: Microversion | None = None

    def exists(self, version: Microversion) -> bool:
        return self.since <= max(version, BASE) and (self.until is None or version <= self.until)

    def is_required(self, version: Microversion) -> bool:
        if isinstance(self.required, bool):
            return self.required
        return self.required <= version


@dataclass(frozen=True)
class Object:
    """An object of declared fields.

    `closed` says whether other keys are refused: a bool, or the version from
    which they are.  `patterns` maps a key pattern to the shape of its value.
    """

    fields: tuple[Field, ...] = ()
    closed: bool | Microversion = True
    patterns: Mapping[str, Shape] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def is_closed(self, version: Microversion) -> bool:
        return self.closed if isinstance(self.closed, bool) else self.closed <= version

    def schema(self, version: Microversion) -> Schema:
        present = [f for f in self.fields if f.exists(version)]
        schema: Schema = {
            "type": "object",
            "properties": {f.name: f.shape.schema(version) for f in present},
        }
        # Violations are told in the order of these keywords.
        if self.patterns:
            schema["patternProperties"] = {
                key: shape.schema(version) for key, shape in self.patterns.items()
            }
        required = [f.name for f in present if f.is_required(version)]
        if required:
            schema["required"] = required
        schema["additionalProperties"] = not self.is_closed(version)
        return schema | dict(self.extra)


@dataclass(frozen=True)
class Array:
    items: Shape
    extra: Mapping[str, Any] = field(default_factory=dict)

    def schema(self, version: Microversion) -> Schema:
        return {"type": "array", "items": self.items.schema(version), **self.extra}


@dataclass(frozen=True)
class AnyOf:
    shapes: tuple[Shape, ...]

    def schema(self, version: Microversion) -> Schema:
        return {"anyOf": [shape.schema(version) for shape in self.shapes]}


@dataclass(frozen=True)
class OneOf:
    """Exactly one of the shapes."""

    shapes: tuple[Shape, ...]

    def schema(self, version: Microversion) -> Schema:
        return {"oneOf": [shape.schema(version) for shape in self.shapes]}


def obj(*fields: Field, closed: bool | Microversion = True, **extra: Any) -> Object:
    return Object(fields, closed, extra=extra)


def array(items: Shape, **extra: Any) -> Array:
    return Array(items, extra)


def one_of(*values: Any) -> Raw:
    return Raw({"type": "string", "enum": list(values)})


def any_of(*shapes: Shape) -> AnyOf:
    return AnyOf(shapes)


def raw(**document: Any) -> Raw:
    return Raw(document)


def string(
    *, min: int | None = None, max: int | None = None, null: bool = False, **extra: Any
) -> Raw:
    """Text of `min` to `max` characters; `null`: or nothing."""
    kind = ["string", "null"] if null else "string"
    bounds = {"minLength": min, "maxLength": max}
    return Raw({"type": kind, **{k: v for k, v in bounds.items() if v is not None}, **extra})


def query(
    *parameters: Field,
    closed: bool | Microversion = True,
    patterns: Mapping[str, Shape] | None = None,
) -> Object:
    """The shape of a query string: {name: [values...]}.

    Each parameter's shape is that of one value; wrap it in `once` when the
    parameter may be given only one time.
    """
    listed = tuple(
        Field(p.name, p.shape if isinstance(p.shape, Array) else array(p.shape),
              p.required, p.since, p.until)
        for p in parameters
    )
    return Object(listed, closed, patterns or {})


def once(shape: Shape) -> Array:
    """A query parameter that may be given only one time."""
    return array(shape, maxItems=1)


def integer(
    low: int | None = None, high: int | None = None, pattern: str = "^[0-9]*$", **extra: Any
) -> Raw:
    """A whole number, or a string that reads as one."""
    bounds = {"minimum": low, "maximum": high}
    return Raw({"type": ["integer", "string"], "pattern": pattern,
                **{k: v for k, v in bounds.items() if v is not None}, **extra})


NULL = Raw({"type": "null"})
ANYTHING = Raw({})
NOTHING = Object()
NAME = Legacy(
    string(min=1, max=255, format="name_with_leading_trailing_spaces"),
    string(min=1, max=255, format="name"),
)
UUID = string(format="uuid")
# Ways to write yes and no.
TRUE = (True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes")
FALSE = (False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no")
BOOLEAN = Raw({"type": ["boolean", "string"], "enum": [*TRUE, *FALSE]})
LIMIT = Field("limit", integer(0, pattern="^[0-9]*$", minLength=1))
MARKER = Field("marker", Raw({"type": "string"}))
# Of what takes no parameters: since STRICT_QUERIES it refuses them.
NO_QUERY = query(closed=STRICT_QUERIES)


def truth(value: Any) -> bool:
    """What a value of BOOLEAN says; strings outside its enum are false."""
    return value is True or value in TRUE[1:]
