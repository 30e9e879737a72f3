"""The small languages of query strings: resources, required, member_of."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nova.placement import errors, versions
from nova.placement.api.request import Request, is_uuid

_NAME = re.compile(r"^[A-Z0-9_]+$")

Query = Mapping[str, Sequence[str]]


def single(query: Query, key: str) -> str | None:
    """The one value of `key`.  Raises `errors.DuplicateQueryKey`."""
    values = query.get(key)
    if not values:
        return None
    if len(values) > 1:
        raise errors.DuplicateQueryKey(
            message=f"Invalid query string parameters: expected one value of {key}"
        )
    return values[0]


def uuid(query: Query, key: str) -> str | None:
    """Raises `errors.BadRequest`."""
    value = single(query, key)
    if value is not None and not is_uuid(value):
        raise errors.BadRequest(
            message=f"Expected '{key}' parameter to be a UUID, but got: {value}"
        )
    return value


def refuse_unknown(query: Query, known: Iterable[str]) -> None:
    """Raises `errors.BadRequest` for a key that is not in `known`."""
    unknown = sorted(set(query) - set(known))
    if unknown:
        raise errors.BadRequest(
            message="Invalid query string parameters: Additional properties are not allowed "
            f"({', '.join(unknown)})"
        )


def resources(request: Request, text: str) -> dict[int, int]:
    """{class id: amount} of 'VCPU:2,MEMORY_MB:512'.  Raises `errors.BadRequest`."""
    found: dict[str, int] = {}
    for part in text.split(","):
        name, colon, amount = part.strip().partition(":")
        if not colon or not _NAME.match(name) or not re.fullmatch(r"-?[0-9]+", amount):
            raise errors.BadQueryValue(
                message="Badly formed resources parameter. Expected resources query string "
                f"parameter in form: ?resources=VCPU:2,MEMORY_MB:1024. Got: {text}."
            )
        if int(amount) < 1:
            raise errors.BadQueryValue(
                message=f"Requested resource {name} requires an amount >= 1. Got: {amount}."
            )
        found[name] = int(amount)
    return class_ids(request, found)


def class_ids(request: Request, amounts: Mapping[str, int]) -> dict[int, int]:
    """Raises `errors.BadRequest` for a class nobody knows."""
    services = request.services
    known = services.vocabulary.classes

    def translate(name: str) -> int:
        number = known.cached(name)
        if number is None:
            number = services.database.read(lambda connection: known.id(connection, name))
        if number is None:
            raise errors.BadRequest(
                message=f"Invalid resource class in resources parameter: {name}"
            )
        return number

    return {translate(name): amount for name, amount in amounts.items()}


@dataclass(frozen=True, slots=True)
class Traits:
    """Of each set in `required` one trait must be there, of `forbidden` none."""

    required: tuple[frozenset[int], ...] = ()
    forbidden: frozenset[int] = frozenset()


def traits(request: Request, values: Sequence[str], *, alternatives: bool = True) -> Traits:
    """What `required` parameters ask for.  Raises `errors.BadRequest`."""
    if not request.has(versions.ANY_TRAITS):
        values = values[-1:]  # a repeated key once meant its last value
    required: list[frozenset[str]] = []
    forbidden: set[str] = set()
    for value in values:
        if value.startswith("in:") and alternatives and request.has(versions.ANY_TRAITS):
            required.append(frozenset(_trait_names(value[3:], value)))
            continue
        for name in _trait_names(value, value, may_forbid=request.has(versions.FORBIDDEN_TRAITS)):
            if name.startswith("!"):
                forbidden.add(name[1:])
            else:
                required.append(frozenset({name}))
    _refuse_contradiction(required, forbidden)
    ids = _trait_ids(request, forbidden.union(*required))
    return Traits(
        tuple(frozenset(ids[name] for name in group) for group in required),
        frozenset(ids[name] for name in forbidden),
    )


def _trait_names(text: str, whole: str, *, may_forbid: bool = False) -> list[str]:
    names = [part.strip() for part in text.split(",")]
    for name in names:
        bare = name[1:] if may_forbid and name.startswith("!") else name
        if not bare or bare.startswith("!") or ":" in bare:
            raise errors.BadQueryValue(
                message="Invalid query string parameters: Expected 'required' parameter value "
                f"of the form: HW_CPU_X86_VMX,!CUSTOM_MAGIC. Got: {whole}"
            )
    return names


def _refuse_contradiction(required: Iterable[frozenset[str]], forbidden: set[str]) -> None:
    both = sorted(name for group in required for name in group if group <= forbidden)
    if both:
        raise errors.BadQueryValue(
            message="Conflicting required and forbidden traits found in the following traits "
            f"keys: required: ({', '.join(both)})"
        )


def _trait_ids(request: Request, names: set[str]) -> dict[str, int]:
    services = request.services
    known = services.vocabulary.traits

    def look_up(name: str) -> int | None:
        number = known.cached(name)
        if number is not None:
            return number
        return services.database.read(lambda connection: known.id(connection, name))

    found = {name: look_up(name) for name in names}
    unknown = sorted(name for name, number in found.items() if number is None)
    if unknown:
        raise errors.BadRequest(message=f"No such trait(s): {', '.join(unknown)}.")
    return {name: number for name, number in found.items() if number is not None}


@dataclass(frozen=True, slots=True)
class Membership:
    """Of each set in `member_of` one aggregate must be there, of `forbidden` none."""

    member_of: tuple[frozenset[str], ...] = ()
    forbidden: frozenset[str] = frozenset()


def membership(request: Request, values: Sequence[str], key: str = "member_of") -> Membership:
    """What `member_of` parameters ask for.  Raises `errors.BadRequest`."""
    if len(values) > 1 and not request.has(versions.REPEATED_MEMBER_OF):
        raise errors.DuplicateQueryKey(
            message=f"Multiple {key} parameters are not supported below "
            f"{versions.written(versions.REPEATED_MEMBER_OF)}"
        )
    wanted: list[frozenset[str]] = []
    forbidden: set[str] = set()
    for value in values:
        bare, refused = value, False
        if value.startswith("!") and request.has(versions.FORBIDDEN_AGGREGATES):
            bare, refused = value[1:], True
        group = _aggregates(bare, key, value)
        if refused:
            forbidden |= group
        else:
            wanted.append(group)
    return Membership(tuple(wanted), frozenset(forbidden))


def _aggregates(text: str, key: str, whole: str) -> frozenset[str]:
    names = text[3:].split(",") if text.startswith("in:") else [text]
    for name in names:
        if not is_uuid(name):
            raise errors.BadQueryValue(
                message=f"Expected '{key}' parameter to contain valid UUID(s). Got: {whole}"
            )
    return frozenset(names)
