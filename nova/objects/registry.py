"""Versioned objects, declared by their annotations.

    @versioned("1.0")
    class Flavor(NovaObject):
        flavorid: str
        description: str | None

makes an oslo.versionedobjects class of that wire version with those fields.
"""

import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

from oslo_versionedobjects import base, fields

from nova.errors import NovaError

T = TypeVar("T", bound="NovaObject")
# The key of a time inside loose JSON values.
TIME_MARK = "nova_time"


class _AnyJson(fields.FieldType[Any]):
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


class JsonField(fields.AutoTypedField[Any]):
    AUTO_TYPE = _AnyJson()


class NovaObject(base.VersionedObject, base.ComparableVersionedObject):
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
        made.keep(values)
        return made

    def keep(self, values: Mapping[str, Any]) -> None:
        """Set values known to have the right types, without marking them changed."""
        places = _places(typing.cast(Any, type(self)))
        self.__dict__.update({places[name]: value for name, value in values.items()})

    # The two conversions below give oslo.versionedobjects' wire form, without its
    # walk through coercion for every value: on the path of each message they would
    # otherwise cost more than the rest of it.

    def obj_to_primitive(
        self, target_version: str | None = None, version_manifest: Any = None
    ) -> dict[str, Any]:
        values, kind = self.__dict__, typing.cast(Any, type(self))
        data = {
            name: convert(values[f"_obj_{name}"])
            for name, convert in _converters(kind).items()
            if f"_obj_{name}" in values
        }
        return {
            "nova_object.name": self.obj_name(),
            "nova_object.namespace": self.OBJ_PROJECT_NAMESPACE,
            "nova_object.version": self.VERSION,
            "nova_object.data": data,
        }

    @classmethod
    def obj_from_primitive(cls, primitive: Mapping[str, Any], context: Any = None) -> Self:
        """Raises IncompatibleObject for a version this process does not know."""
        kind = _kind(str(primitive["nova_object.name"]), str(primitive["nova_object.version"]))
        parsers = _parsers(typing.cast(Any, kind))
        data = primitive["nova_object.data"]
        read: Any = kind.hydrate({name: parsers[name](value) for name, value in data.items()})
        return read

    def known(self, name: str) -> bool:
        """Whether a field was set."""
        return bool(self.obj_attr_is_set(name))

    def as_dict(self) -> dict[str, Any]:
        """The fields that were set, shallow."""
        return {name: getattr(self, name) for name in self.fields if self.known(name)}


class _Places(dict[str, str]):
    """Where the library keeps each field; to make the names anew costs a long list dearly."""

    def __missing__(self, name: str) -> str:
        return f"_obj_{name}"


@functools.cache
def _places(kind: type[NovaObject]) -> _Places:
    return _Places({name: f"_obj_{name}" for name in kind.fields})


class IncompatibleObject(NovaError):
    template = "Version {version} of object {name} is not known here (supported: {supported})."


def _kind(name: str, version: str) -> type[NovaObject]:
    """The registered class that reads that version: the same major, and no newer minor."""
    candidates: list[Any] = base.VersionedObjectRegistry.obj_classes().get(name, [])
    major, minor = (int(part) for part in version.split("."))
    for kind in candidates:
        own_major, own_minor = (int(part) for part in kind.VERSION.split("."))
        if major == own_major and minor <= own_minor:
            return kind
    supported = ", ".join(kind.VERSION for kind in candidates) or "none"
    raise IncompatibleObject(name=name, version=version, supported=supported)


Convert = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _to_wire(value: Any) -> Any:
    return None if value is None else value.obj_to_primitive()


def _list_to_wire(value: Any) -> Any:
    return None if value is None else [item.obj_to_primitive() for item in value]


def _time_to_wire(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _from_wire(value: Any) -> Any:
    return None if value is None else NovaObject.obj_from_primitive(value)


def _list_from_wire(value: Any) -> Any:
    return None if value is None else [NovaObject.obj_from_primitive(item) for item in value]


def _time_from_wire(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _json_to_wire(value: Any) -> Any:
    """JSON values stay; a time among them (a column to change) is marked as one."""
    if isinstance(value, dict):
        return {key: _json_to_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_to_wire(item) for item in value]
    return {TIME_MARK: value.isoformat()} if isinstance(value, datetime) else value


def _json_from_wire(value: Any) -> Any:
    if isinstance(value, dict):
        if TIME_MARK in value:
            return datetime.fromisoformat(value[TIME_MARK])
        return {key: _json_from_wire(item) for key, item in value.items()}
    return [_json_from_wire(item) for item in value] if isinstance(value, list) else value


_WIRE: dict[type, tuple[Convert, Convert]] = {
    JsonField: (_json_to_wire, _json_from_wire),
    fields.ObjectField: (_to_wire, _from_wire),
    fields.ListOfObjectsField: (_list_to_wire, _list_from_wire),
    fields.DateTimeField: (_time_to_wire, _time_from_wire),
}


@functools.cache
def _converters(kind: Any) -> dict[str, Convert]:
    return {name: _WIRE.get(type(f), (_same, _same))[0] for name, f in kind.fields.items()}


@functools.cache
def _parsers(kind: Any) -> dict[str, Convert]:
    return {name: _WIRE.get(type(f), (_same, _same))[1] for name, f in kind.fields.items()}


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
        for name in hints:
            setattr(registered, name, _quick(name, getattr(registered, name)))
        return registered

    return declare


def _quick(name: str, slow: property) -> property:
    """The library's property, without its detours for what is set: a long list reads
    millions of fields."""
    key = f"_obj_{name}"

    def read(self: Any) -> Any:
        try:
            return self.__dict__[key]
        except KeyError:
            assert slow.fget is not None
            return slow.fget(self)

    return property(read, slow.fset, slow.fdel)
