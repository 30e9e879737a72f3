"""Host aggregates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    literal,
    null,
    select,
    union_all,
    update,
)

from nova.db.api.schema import METADATA
from nova.db.columns import NAME, UUID, key, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.db.rows import Fields
from nova.objects.cloud import Aggregate
from nova.objects.store.errors import (
    AggregateHostExists,
    AggregateHostNotFound,
    AggregateNameExists,
    AggregateNotFound,
)

aggregates = Table(
    "aggregates",
    METADATA,
    key(),
    *timestamps(),
    Column("uuid", UUID),
    Column("name", NAME),
    UniqueConstraint("name", name="uniq_aggregate0name"),
    Index("aggregate_uuid_idx", "uuid"),
)

aggregate_hosts = Table(
    "aggregate_hosts",
    METADATA,
    key(),
    *timestamps(),
    Column("host", NAME),
    Column("aggregate_id", Integer, ForeignKey("aggregates.id"), nullable=False),
    UniqueConstraint("host", "aggregate_id", name="uniq_aggregate_hosts0host0aggregate_id"),
)

aggregate_metadata = Table(
    "aggregate_metadata",
    METADATA,
    key(),
    *timestamps(),
    Column("key", NAME, nullable=False),
    Column("value", NAME, nullable=False),
    Column("aggregate_id", Integer, ForeignKey("aggregates.id"), nullable=False),
    UniqueConstraint("aggregate_id", "key", name="uniq_aggregate_metadata0aggregate_id0key"),
    Index("aggregate_metadata_key_idx", "key"),
)

FIELDS = Fields(Aggregate, aggregates)
_ALL = select(*FIELDS.columns).order_by(aggregates.c.id)
_ONE = _ALL.where(aggregates.c.id == bindparam("wanted"))
_HOSTS = select(
    aggregate_hosts.c.aggregate_id, literal("host"), aggregate_hosts.c.id, aggregate_hosts.c.host,
    null(),
)  # fmt: skip
_PAIRS = select(
    aggregate_metadata.c.aggregate_id, literal("pair"), aggregate_metadata.c.id,
    aggregate_metadata.c.key, aggregate_metadata.c.value,
)  # fmt: skip
_PARTS = union_all(_HOSTS, _PAIRS)
_PARTS_OF_ONE = union_all(
    _HOSTS.where(aggregate_hosts.c.aggregate_id == bindparam("wanted")),
    _PAIRS.where(aggregate_metadata.c.aggregate_id == bindparam("wanted")),
)


class Aggregates:
    """`objects.store.api.Aggregates` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self) -> list[Aggregate]:
        """Two statements."""
        return self._database.read(lambda connection: _find(connection, _ALL, _PARTS, {}))

    def get(self, aggregate_id: int) -> Aggregate:
        return self._database.read(lambda connection: _get(connection, aggregate_id))

    def create(self, aggregate: Aggregate) -> Aggregate:
        now = self._database.clock.now()
        metadata = aggregate.metadata if aggregate.known("metadata") else {}

        def work(connection: Connection) -> Aggregate:
            values = FIELDS.of(aggregate, created_at=now)
            made = connection.execute(insert(aggregates), values).inserted_primary_key
            assert made is not None
            _set_metadata(connection, int(made[0]), metadata, now)
            return _get(connection, int(made[0]))

        return self._named(aggregate.name, work)

    def update(self, aggregate_id: int, changes: Mapping[str, Any]) -> Aggregate:
        """`name`, and `metadata` as set_metadata does."""
        now = self._database.clock.now()
        columns = {name: value for name, value in changes.items() if name in aggregates.c}

        def work(connection: Connection) -> Aggregate:
            _touch(connection, aggregate_id, now, columns)
            _set_metadata(connection, aggregate_id, changes.get("metadata") or {}, now)
            return _get(connection, aggregate_id)

        return self._named(str(changes.get("name")), work)

    def delete(self, aggregate_id: int) -> None:
        def work(connection: Connection) -> None:
            for table in (aggregate_hosts, aggregate_metadata):
                connection.execute(delete(table).where(table.c.aggregate_id == aggregate_id))
            query = delete(aggregates).where(aggregates.c.id == aggregate_id)
            if connection.execute(query).rowcount == 0:
                raise AggregateNotFound(aggregate_id=aggregate_id)

        self._database.write(work)

    def add_host(self, aggregate_id: int, host: str) -> Aggregate:
        now = self._database.clock.now()

        def work(connection: Connection) -> Aggregate:
            _touch(connection, aggregate_id, now)
            values = {"aggregate_id": aggregate_id, "host": host, "created_at": now}
            connection.execute(insert(aggregate_hosts), values)
            return _get(connection, aggregate_id)

        try:
            return self._database.write(work)
        except Duplicate:
            raise AggregateHostExists(aggregate_id=aggregate_id, host=host) from None

    def remove_host(self, aggregate_id: int, host: str) -> Aggregate:
        now = self._database.clock.now()
        table = aggregate_hosts

        def work(connection: Connection) -> Aggregate:
            _touch(connection, aggregate_id, now)
            query = delete(table).where(table.c.aggregate_id == aggregate_id, table.c.host == host)
            if connection.execute(query).rowcount == 0:
                raise AggregateHostNotFound(aggregate_id=aggregate_id, host=host)
            return _get(connection, aggregate_id)

        return self._database.write(work)

    def set_metadata(self, aggregate_id: int, metadata: Mapping[str, str | None]) -> Aggregate:
        now = self._database.clock.now()

        def work(connection: Connection) -> Aggregate:
            _touch(connection, aggregate_id, now)
            _set_metadata(connection, aggregate_id, metadata, now)
            return _get(connection, aggregate_id)

        return self._database.write(work)

    def _named(self, name: str, work: Any) -> Aggregate:
        try:
            found: Aggregate = self._database.write(work)
        except Duplicate:
            raise AggregateNameExists(name=name) from None
        return found


def _find(
    connection: Connection, query: Any, parts: Any, given: Mapping[str, Any]
) -> list[Aggregate]:
    rows = connection.execute(query, given).all()
    found = {row.id: FIELDS.make(row, hosts=[], metadata={}) for row in rows}
    for number, kind, _, name, value in sorted(connection.execute(parts, given), key=_oldest_first):
        if number not in found:
            continue
        if kind == "host":
            found[number].hosts.append(name)
        else:
            found[number].metadata[name] = value
    return list(found.values())


def _oldest_first(row: Any) -> int:
    return int(row[2])


def _get(connection: Connection, aggregate_id: int) -> Aggregate:
    found = _find(connection, _ONE, _PARTS_OF_ONE, {"wanted": aggregate_id})
    if not found:
        raise AggregateNotFound(aggregate_id=aggregate_id)
    return found[0]


def _touch(
    connection: Connection,
    aggregate_id: int,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> None:
    query = update(aggregates).where(aggregates.c.id == aggregate_id)
    if connection.execute(query, {**(changes or {}), "updated_at": now}).rowcount == 0:
        raise AggregateNotFound(aggregate_id=aggregate_id)


def _set_metadata(
    connection: Connection, aggregate_id: int, metadata: Mapping[str, str | None], now: datetime
) -> None:
    if not metadata:
        return
    table = aggregate_metadata
    connection.execute(
        delete(table).where(table.c.aggregate_id == aggregate_id, table.c.key.in_(list(metadata)))
    )
    rows = [
        {"aggregate_id": aggregate_id, "key": name, "value": value, "created_at": now}
        for name, value in metadata.items()
        if value is not None
    ]
    if rows:
        connection.execute(insert(table), rows)
