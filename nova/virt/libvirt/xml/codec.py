"""XML by declaration: a dataclass field says where in the element it lives.

    class Rng(Element):
        TAG = "rng"
        model: str | None = at("@model")
        path: str | None = at("backend")

A place is a path of child elements, then what is meant: `a/b` the text of b (`.` of the
element itself),
`a/b@c` its attribute c, `@c` an attribute of the element itself, `a/b?` whether
b is there at all, and `a/` an Element (or a tuple of them) inside a, or, with an
empty path (""), right here.  Writing makes what is not None; elements appear in
the order of the fields.
"""

import dataclasses
import functools
import types
import typing
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from xml.etree import ElementTree as ET

YES_NO = ("yes", "no")
ON_OFF = ("on", "off")


def at(path: str, default: Any = None, *, words: tuple[str, str] = YES_NO) -> Any:
    """`words` are those for True and False."""
    return dataclasses.field(default=default, metadata={"at": path, "words": words})


@dataclass(frozen=True)
class Place:
    name: str
    path: tuple[str, ...]
    attribute: str | None
    kind: str
    type: Any
    words: tuple[str, str]


@dataclass(frozen=True)
class Element:
    TAG: ClassVar[str] = ""

    def to_xml(self) -> ET.Element:
        element = ET.Element(self.TAG)
        for place in _places(type(self)):
            value = getattr(self, place.name)
            if value is not None:
                _write(element, place, value)
        return element

    def to_text(self) -> str:
        element = self.to_xml()
        ET.indent(element)
        return ET.tostring(element, encoding="unicode")

    @classmethod
    def from_xml(cls, element: ET.Element) -> Self:
        """What is not there gets the field's default; what is not known is left out."""
        found = {place.name: _read(element, place) for place in _places(cls)}
        return cls(**{name: value for name, value in found.items() if value is not None})

    @classmethod
    def from_text(cls, text: str) -> Self:
        return cls.from_xml(ET.fromstring(text))


def _places(cls: Any) -> tuple[Place, ...]:
    return _places_of(cls)


@functools.cache
def _places_of(cls: Any) -> tuple[Place, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        _place(field.name, field.metadata, hints[field.name])
        for field in dataclasses.fields(cls)
        if "at" in field.metadata
    )


def _place(name: str, metadata: typing.Mapping[str, Any], hint: Any) -> Place:
    path: str = metadata["at"]
    kind = "text"
    attribute = None
    if path == "" or path.endswith("/"):
        kind = "many" if typing.get_origin(hint) is tuple else "one"
    elif path.endswith("?"):
        kind, path = "flag", path[:-1]
    elif "@" in path:
        kind = "attribute"
        path, _, attribute = path.partition("@")
    steps = tuple(step for step in path.split("/") if step not in ("", "."))
    return Place(name, steps, attribute, kind, _inner(hint), metadata["words"])


def _inner(hint: Any) -> Any:
    """The type without "or None" and without the tuple around it."""
    arguments = [part for part in typing.get_args(hint) if part not in (type(None), ...)]
    if typing.get_origin(hint) in (tuple, typing.Union, types.UnionType):
        return arguments[0]
    return hint


def _write(element: ET.Element, place: Place, value: Any) -> None:
    if place.kind == "flag" and not value:
        return
    if place.kind == "many" and not value:
        return
    target = element
    for step in place.path:
        found = target.find(step)
        target = ET.SubElement(target, step) if found is None else found
    if place.kind == "text":
        target.text = _word(value, place)
    elif place.attribute is not None:
        target.set(place.attribute, _word(value, place))
    elif place.kind == "one":
        target.append(value.to_xml())
    elif place.kind == "many":
        target.extend([part.to_xml() for part in value])


def _read(element: ET.Element, place: Place) -> Any:
    target: ET.Element | None = element
    for step in place.path:
        target = target.find(step) if target is not None else None
    if place.kind == "flag":
        return target is not None
    if target is None:
        return None
    if place.kind == "many":
        return tuple(place.type.from_xml(part) for part in target.findall(place.type.TAG))
    if place.kind == "one":
        part = target.find(place.type.TAG)
        return None if part is None else place.type.from_xml(part)
    text = target.get(place.attribute) if place.attribute is not None else target.text
    return None if text is None else _value(text.strip(), place)


def _word(value: Any, place: Place) -> str:
    if isinstance(value, bool):
        return place.words[0] if value else place.words[1]
    return str(value)


def _value(text: str, place: Place) -> Any:
    if place.type is bool:
        return text == place.words[0]
    return place.type(text)
