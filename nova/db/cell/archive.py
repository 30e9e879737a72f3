"""Moving deleted rows to the shadow tables, and deleting them there.

The rows stay inside the database: what this process holds are the keys of the
few hundred that it moves at a time.  A row goes with everything that refers to it, in one
transaction, so that no foreign key is ever broken and no half of a server is
left behind.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Enum,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    select,
)

from nova.db.batches import batched
from nova.db.cell.instance_rows import instances
from nova.db.cell.schema import METADATA
from nova.db.cell.shadow import WITHOUT, all_shadows, shadow_of
from nova.db.cell.usage import task_log
from nova.db.engine import Database

# Rows of one table that one transaction moves, and that one deletes from a shadow.
MOVED_AT_ONCE = 500
PURGED_AT_ONCE = 1000
# Told the uuids of servers right before their records are moved.
Farewell = Callable[[Sequence[str]], None]
# (column that refers, column referred to)
Reference = tuple[Column[Any], Column[Any]]


class Archive:
    """The archive of one cell's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def batch(
        self,
        limit: int,
        *,
        before: datetime | None = None,
        with_task_log: bool = False,
        farewell: Farewell | None = None,
    ) -> Counter[str]:
        """Move about `limit` rows, of each table those that were deleted `before`.

        Answers {table: rows moved}; rows that go with another one are counted too,
        so it may be more.  `with_task_log` also moves entries of the task log.
        """
        moved: Counter[str] = Counter()
        for table in _leaf_first():
            condition = _ripe(table, before, with_task_log)
            while (left := limit - moved.total()) > 0:
                some = partial(_keys, table, condition, min(left, MOVED_AT_ONCE))
                keys = self._database.read(some)
                if not keys:
                    break
                if table is instances and farewell is not None:
                    farewell(self._database.read(partial(_uuids, keys)))
                moved += self._database.write(partial(_move, table, keys))
        return moved

    def purge(self, before: datetime | None = None) -> Counter[str]:
        """Delete shadow rows, those of before a time or all; answers {shadow table: rows}."""
        gone: Counter[str] = Counter()
        for table in all_shadows().sorted_tables:
            while count := self._database.write(partial(_purge, table, before)):
                gone[table.name] += count
        return gone


def _leaf_first() -> Iterable[Table]:
    return (table for table in reversed(METADATA.sorted_tables) if table.name not in WITHOUT)


def _ripe(
    table: Table, before: datetime | None, with_task_log: bool
) -> ColumnElement[bool]:
    """Task log entries are never marked deleted; their age is that of their last change."""
    if table is task_log and with_task_log:
        return table.c.id > 0 if before is None else table.c.updated_at < before
    deleted: ColumnElement[bool] = table.c.deleted != 0
    return deleted if before is None else deleted & (table.c.deleted_at < before)


def _keys(
    table: Table, condition: ColumnElement[bool], limit: int, connection: Connection
) -> list[int]:
    query = select(table.c.id).where(condition).order_by(table.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def _uuids(keys: Sequence[int], connection: Connection) -> list[str]:
    query = select(instances.c.uuid).where(instances.c.id.in_(keys))
    return list(connection.execute(query).scalars())


def _move(table: Table, keys: Sequence[int], connection: Connection) -> Counter[str]:
    moved: Counter[str] = Counter()
    _move_rows(connection, table, keys, None, moved)
    return moved


def _move_rows(
    connection: Connection,
    table: Table,
    keys: Sequence[int],
    parent: Reference | None,
    moved: Counter[str],
) -> None:
    """The rows, after those that refer to them."""
    for reference in _references(table):
        below = _referring(connection, reference, keys)
        for some in batched(below, MOVED_AT_ONCE):
            _move_rows(connection, reference[0].table, some, reference, moved)
    if table.name not in WITHOUT:
        _copy(connection, table, keys, parent)
    moved[table.name] += connection.execute(delete(table).where(table.c.id.in_(keys))).rowcount


def _references(table: Table) -> list[Reference]:
    """Foreign keys that point to this table from others."""
    return [
        (key.parent, key.column)
        for other in METADATA.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table and other is not table
    ]


def _referring(
    connection: Connection, reference: Reference, keys: Sequence[int]
) -> Sequence[int]:
    """Keys of the rows that refer to these."""
    child, column = reference
    query = (
        select(child.table.c.id)
        .join(column.table, column == child)
        .where(column.table.c.id.in_(keys))
    )
    return connection.execute(query).scalars().all()


def _copy(
    connection: Connection, table: Table, keys: Sequence[int], parent: Reference | None
) -> None:
    names = [column.name for column in table.columns]
    values = [_value(column, parent) for column in table.columns]
    if connection.dialect.name == "postgresql":
        values = [_fitting(value) for value in values]
    query = insert(shadow_of(table))
    if connection.dialect.name == "sqlite":
        # It gives the number of a row that is gone to a new one.
        query = query.prefix_with("OR REPLACE")
    connection.execute(query.from_select(names, select(*values).where(table.c.id.in_(keys))))


def _fitting(value: Any) -> Any:
    """PostgreSQL has an enumerated type of its own for the shadow's column."""
    if not isinstance(value, Column) or not isinstance(value.type, Enum):
        return value
    shadow = shadow_of(value.table).c[value.name]
    return cast(cast(value, String(255)), shadow.type)


def _value(column: Column[Any], parent: Reference | None) -> Any:
    """What goes with a deleted row counts as deleted with it."""
    if parent is None or "deleted_at" not in parent[1].table.c:
        return column
    table = column.table
    if column.name == "deleted":
        return func.coalesce(func.nullif(column, 0), table.c.id).label("deleted")
    if column.name == "deleted_at":
        refers, referred = parent
        when = select(referred.table.c.deleted_at).where(referred == refers).scalar_subquery()
        return func.coalesce(column, when).label("deleted_at")
    return column


def _purge(table: Table, before: datetime | None, connection: Connection) -> int:
    key = next(iter(table.primary_key.columns))
    condition = key.is_not(None) if before is None else _age(table) < before
    some = select(key).where(condition).order_by(key).limit(PURGED_AT_ONCE)
    last = connection.execute(select(func.max(some.subquery().c[key.name]))).scalar()
    if last is None:
        return 0
    return connection.execute(delete(table).where(condition, key <= last)).rowcount


def _age(table: Table) -> ColumnElement[Any]:
    """When the row ended, as far as it says."""
    times = (table.c[name] for name in ("deleted_at", "updated_at", "created_at"))
    return func.coalesce(*times, type_=table.c.deleted_at.type)
