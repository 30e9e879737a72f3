"""How a request asks for one page of a list."""

from dataclasses import dataclass
from typing import Any

from nova.core.call import Call
from nova.errors import Refused


@dataclass(frozen=True)
class Cut:
    """`limit` rows after `marker`, ordered by `keys` in `directions` ('asc' or 'desc')."""

    limit: int
    marker: str | None
    keys: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()


def cut(call: Call[Any], maximum: int, key: str = "", direction: str = "asc") -> Cut:
    """What the query asks, capped by `maximum`; ordered by `key` unless it says otherwise."""
    keys = tuple(call.query.get("sort_key", ())) or ((key,) if key else ())
    return Cut(
        min(amount(call, "limit", maximum), maximum),
        call.parameter("marker"),
        keys,
        _directions(tuple(call.query.get("sort_dir", ())), len(keys), direction),
    )


def amount(call: Call[Any], name: str, default: int) -> int:
    """A parameter that counts; 400 in the contract's words unless it does."""
    text = call.parameter(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise _wrong(f"{name} must be an integer") from None
    if value < 0:
        raise _wrong(f"{name} must be >= 0")
    return value


def _wrong(reason: str) -> Refused:
    return Refused(code=400, message=f"Invalid input received: {reason}")


def _directions(given: tuple[str, ...], count: int, default: str) -> tuple[str, ...]:
    """One for each key: the first given one repeated for keys without their own."""
    if len(given) > count and count:
        raise _wrong("Sort direction size exceeds sort key size")
    fill = given[0] if given else default
    return (*given, *([fill] * (count - len(given))))[:count]
