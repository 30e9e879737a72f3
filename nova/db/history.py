"""What migrations are written in: types and tables as they were.

Columns of the living schema may change; what a migration made may not.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

UUID = sa.String(36)
NAME = sa.String(255)
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ADDRESS = sa.String(39).with_variant(postgresql.INET(), "postgresql")
CIDR = sa.String(43).with_variant(postgresql.CIDR(), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")

# (name, columns, unique)
IndexOf = tuple[str, Sequence[str], bool]


def key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def timestamps() -> list[sa.Column[Any]]:
    return [sa.Column("created_at", sa.DateTime), sa.Column("updated_at", sa.DateTime)]


def soft_delete() -> list[sa.Column[Any]]:
    return [sa.Column("deleted_at", sa.DateTime), sa.Column("deleted", sa.Integer)]


def create(name: str, *parts: Any, indexes: Sequence[IndexOf] = (), shadow: bool = False) -> None:
    """Make a table, its indexes and its shadow, as far as they are missing.

    A database without transactions around DDL may have been left half way.
    """
    columns = [part for part in parts if isinstance(part, sa.Column)]
    copies = [_shadow(column) for column in columns]
    _create(name, parts)
    add_indexes(name, indexes)
    if shadow:
        _create(f"shadow_{name}", copies)


def _create(name: str, parts: Sequence[Any]) -> None:
    if not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *parts)


def add_indexes(table: str, indexes: Sequence[IndexOf]) -> None:
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_indexes(table)}
    for name, columns, unique in indexes:
        if name not in there:
            op.create_index(name, table, list(columns), unique=unique, **_lengths(name))


def add_columns(table: str, *columns: sa.Column[Any]) -> None:
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def _shadow(column: sa.Column[Any]) -> sa.Column[Any]:
    kind = column.type
    if isinstance(kind, sa.Enum):
        kind = sa.Enum(*kind.enums, name=f"shadow_{kind.name}")
    return sa.Column(
        column.name, kind, primary_key=column.primary_key, nullable=column.nullable,
    )  # fmt: skip


# MySQL limits the bytes of an index; these would be longer.
_PREFIXES = {
    "migrations_by_host_nodes_and_status_idx": (
        "source_compute", "dest_compute", "source_node", "dest_node", "status",
    ),
}  # fmt: skip


def _lengths(index: str) -> dict[str, Any]:
    columns = _PREFIXES.get(index)
    return {"mysql_length": dict.fromkeys(columns, 100)} if columns else {}
