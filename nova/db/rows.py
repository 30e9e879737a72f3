"""Between rows and objects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Table

from nova.objects.registry import NovaObject

T = TypeVar("T", bound=NovaObject)


class Fields(Generic[T]):
    """The fields of a class that are columns of a table, in one order."""

    def __init__(self, kind: type[T], table: Table, without: Iterable[str] = ()) -> None:
        self.kind = kind
        skipped = set(without)
        self.names = tuple(name for name in kind.fields if name in table.c and name not in skipped)
        self.columns: tuple[Column[Any], ...] = tuple(table.c[name] for name in self.names)

    def values(self, row: Sequence[Any]) -> dict[str, Any]:
        """{field: value} of a row that begins with these columns."""
        return dict(zip(self.names, row, strict=False))

    def make(self, row: Sequence[Any], **more: Any) -> T:
        return self.kind.hydrate({**self.values(row), **more})

    def of(self, given: NovaObject, **more: Any) -> dict[str, Any]:
        """Column values of an object; fields that were not set are NULL, `id` is left out."""
        values = {
            name: getattr(given, name) if given.known(name) else None
            for name in self.names
            if name != "id"
        }
        return {**values, **more}


def filled(kind: type[T], values: Mapping[str, Any]) -> T:
    """An object of `values`, the fields that are missing None."""
    return kind.hydrate({**dict.fromkeys(kind.fields), **values})


def parsed_time(value: Any) -> datetime | None:
    """The time of an ISO 8601 text, as objects write it; None of nothing."""
    if not value or isinstance(value, datetime):
        return value or None
    return datetime.fromisoformat(value).astimezone(UTC)


def cut(text: str | None, length: int) -> str | None:
    """`text` as far as a column of `length` holds it."""
    return text if text is None else text[:length]
