"""Column types and the columns that many tables share.

Times are kept naive in UTC and given out aware.  Upstream's columns hold whole
seconds on every database, so that they do on every database alike.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, String, Text
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

UUID = String(36)
NAME = String(255)
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ADDRESS = String(39).with_variant(postgresql.INET(), "postgresql")
CIDR = String(43).with_variant(postgresql.CIDR(), "postgresql")
# SQLite counts by itself only in a column declared INTEGER.
BIG_KEY = BigInteger().with_variant(Integer(), "sqlite")


class _Utc(TypeDecorator[datetime]):
    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return self._cut(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)

    def _cut(self, value: datetime) -> datetime:
        raise NotImplementedError


class Moment(_Utc):
    """A time in whole seconds; a naive one is taken for UTC."""

    cache_ok = True

    def _cut(self, value: datetime) -> datetime:
        return value.replace(microsecond=0)


class ExactMoment(_Utc):
    """A time in microseconds: leases and deadlines are compared with each other."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return super().load_dialect_impl(dialect)

    def _cut(self, value: datetime) -> datetime:
        return value


class Json(TypeDecorator[Any]):
    """Any JSON value in a text column; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return json.loads(value) if value else None


class LongJson(Json):
    """The same where 64 KiB may not do."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.MEDIUMTEXT())
        return super().load_dialect_impl(dialect)


def key() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def timestamps() -> tuple[Column[datetime], Column[datetime]]:
    return Column("created_at", Moment), Column("updated_at", Moment)


def soft_delete() -> tuple[Column[datetime], Column[int]]:
    """`deleted` is 0, or the row's own id once it is gone."""
    return Column("deleted_at", Moment), Column("deleted", Integer, default=0)
