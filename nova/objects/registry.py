"""Versioned objects, declared by their annotations.

    @versioned("1.0")
    class Flavor(NovaObject):
        flavorid: str
        description: str | None

makes an oslo.versionedobjects class of that wire version with those fields.
"""

import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

from oslo_versionedobjects import base, fields

T = TypeVar("T", bound="NovaObject")


class _AnyJson(fields.FieldType):  # type: ignore[misc]
    """A value made of what JSON has; kept as it is."""

    @staticmethod
    def coerce(obj: Any, attr: str, value: Any) -> Any:
        return value

    @staticmethod
    def to_primitive(obj: Any, attr: str, value: Any) -> Any:
        return value

    @staticmethod
    def from_primitive(obj: Any, attr: str, value: Any) -> Any:
        return value


class JsonField(fields.AutoTypedField):  # type: ignore[misc]
    AUTO_TYPE = _AnyJson()


class NovaObject(base.VersionedObject, base.ComparableVersionedObject):  # type: ignore[misc]
    """A record with a wire version; attributes are typed by their annotations.

    Reading a field that was never set raises NotImplementedError: nothing is
    loaded behind the reader's back.
    """

    OBJ_SERIAL_NAMESPACE = "nova_object"
    OBJ_PROJECT_NAMESPACE = "nova"

    @classmethod
    def hydrate(cls, values: Mapping[str, Any]) -> Self:
        """An unchanged object of values known to have the right types (a row's).

        Skips the coercion of each field, which dominates the cost of a long list.
        """
        made = cls()
        made.__dict__.update({f"_obj_{name}": value for name, value in values.items()})
        return made

    def known(self, name: str) -> bool:
        """Whether a field was set."""
        return bool(self.obj_attr_is_set(name))

    def as_dict(self) -> dict[str, Any]:
        """The fields that were set, shallow."""
        return {name: getattr(self, name) for name in self.fields if self.known(name)}


_SCALARS: dict[Any, Callable[..., Any]] = {
    str: fields.StringField,
    int: fields.IntegerField,
    float: fields.FloatField,
    bool: fields.BooleanField,
    datetime: fields.DateTimeField,
    Any: JsonField,
}
_CONTAINERS: dict[Any, Callable[..., Any]] = {
    list[str]: fields.ListOfStringsField,
    dict[str, str]: fields.DictOfStringsField,
}


def _field(annotation: Any) -> Any:
    inner, nullable = _without_none(annotation)
    if inner in _CONTAINERS:
        return _CONTAINERS[inner](nullable=nullable)
    if inner in _SCALARS:
        return _SCALARS[inner](nullable=nullable or inner is Any)
    origin = typing.get_origin(inner)
    if origin is list:
        (item,) = typing.get_args(inner)
        if isinstance(item, type) and issubclass(item, NovaObject):
            return fields.ListOfObjectsField(item.__name__, nullable=nullable)
    if isinstance(inner, type) and issubclass(inner, NovaObject):
        return fields.ObjectField(inner.__name__, nullable=nullable)
    return JsonField(nullable=nullable)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        rest = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        if len(rest) == 1:
            return rest[0], True
        return Any, True
    return annotation, False


def versioned(version: str) -> Callable[[type[T]], type[T]]:
    """Register a class under `version`, its fields read from its annotations."""

    def declare(cls: type[T]) -> type[T]:
        hints = {
            name: hint for name, hint in typing.get_type_hints(cls).items()
            if name in cls.__annotations__
        }
        cls.VERSION = version
        cls.fields = {name: _field(hint) for name, hint in hints.items()}
        registered: type[T] = base.VersionedObjectRegistry.register(cls)
        return registered

    return declare


class Serializer(base.VersionedObjectSerializer):  # type: ignore[misc]
    """Objects to and from primitives, nested in plain containers."""

    OBJ_BASE_CLASS = NovaObject
