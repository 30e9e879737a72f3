"""Ordering, and going on after a marker.

NULL sorts before everything else on every database.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, or_, true

from nova.objects.store.page import Page

Order = list[tuple[str, str]]


def order_of(page: Page, ties: Sequence[str] = ("created_at", "id"), way: str = "desc") -> Order:
    """[(key, 'asc' or 'desc')]: the page's, then `ties` in the first key's direction."""
    given = list(zip(page.keys, (*page.directions, *[way] * len(page.keys)), strict=False))
    last = given[0][1] if given else way
    known = {key for key, _ in given}
    return given + [(key, last) for key in ties if key not in known]


def _may_be_null(column: Any) -> bool:
    """Every row has a `created_at`, though upstream did not say so to the database."""
    return bool(column.nullable) and column.name != "created_at"


def ordered(query: Select[Any], table: Table, order: Order, dialect: str) -> Select[Any]:
    """What follows a unique key is left out: it would only keep an index from being used."""
    keys = [key for key, _ in order]
    needed = order[: keys.index("id") + 1] if "id" in keys else order
    return query.order_by(*(_clause(table.c[key], way, dialect) for key, way in needed))


def after(table: Table, order: Order, values: Mapping[str, Any]) -> ColumnElement[bool]:
    """The rows that come after one with these `values` of the keys.

    Written as "not before by the first key, and beyond by it or after by the
    others", because a database enters an index by the first half of that.
    """
    condition: ColumnElement[bool] = false()
    for key, way in reversed(order):
        column, value = table.c[key], values[key]
        condition = and_(
            _not_before(column, way, value), or_(_beyond(column, way, value), condition)
        )
    return condition


def _not_before(column: Any, way: str, value: Any) -> ColumnElement[bool]:
    if way == "asc":
        return true() if value is None else column >= value
    if value is None:
        return column.is_(None)
    return or_(column <= value, column.is_(None)) if _may_be_null(column) else column <= value


def _beyond(column: Any, way: str, value: Any) -> ColumnElement[bool]:
    if way == "asc":
        return column.is_not(None) if value is None else column > value
    if value is None:
        return false()
    return or_(column < value, column.is_(None)) if _may_be_null(column) else column < value


def _clause(column: Any, way: str, dialect: str) -> Any:
    clause = column.asc() if way == "asc" else column.desc()
    if dialect != "postgresql" or not _may_be_null(column):
        return clause
    return clause.nulls_first() if way == "asc" else clause.nulls_last()
