"""Moves of servers between hosts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Enum,
    ForeignKey,
    Index,
    Integer,
    Select,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, key, soft_delete, timestamps
from nova.db.engine import Database
from nova.db.rows import Fields
from nova.objects.beside import Migration
from nova.objects.store.beside import MigrationFilter
from nova.objects.store.page import WHOLE, Page

migrations = Table(
    "migrations",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("source_compute", NAME),
    Column("dest_compute", NAME),
    Column("source_node", NAME),
    Column("dest_node", NAME),
    Column("dest_compute_id", BigInteger),
    Column("dest_host", NAME),
    Column("old_instance_type_id", Integer),
    Column("new_instance_type_id", Integer),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("uuid", UUID),
    Column("status", NAME),
    Column(
        "migration_type",
        Enum("migration", "resize", "live-migration", "evacuation", name="migration_type"),
    ),
    Column("hidden", Boolean, default=False),
    Column("memory_total", BigInteger),
    Column("memory_processed", BigInteger),
    Column("memory_remaining", BigInteger),
    Column("disk_total", BigInteger),
    Column("disk_processed", BigInteger),
    Column("disk_remaining", BigInteger),
    Column("cross_cell_move", Boolean, default=False),
    Column("user_id", NAME),
    Column("project_id", NAME),
    Index(
        "migrations_by_dest_host_nodes_and_status_idx",
        "deleted",
        "dest_compute",
        "dest_node",
        "status",
    ),
    Index(
        "migrations_by_host_nodes_and_status_idx",
        "deleted",
        "source_compute",
        "dest_compute",
        "source_node",
        "dest_node",
        "status",
    ),
    Index(
        "migrations_by_src_host_nodes_and_status_idx",
        "deleted",
        "source_compute",
        "source_node",
        "status",
    ),
    Index("migrations_dest_compute_id_deleted_idx", "dest_compute_id", "deleted"),
    Index("migrations_instance_uuid_and_status_idx", "deleted", "instance_uuid", "status"),
    Index("migrations_updated_at_idx", "updated_at"),
    Index("migrations_uuid", "uuid", unique=True),
)

_FIELDS = Fields(Migration, migrations)
_C = migrations.c
_LIVE = select(*_FIELDS.columns).where(_C.deleted == 0)
# Rows of old releases may have no time of their last change.
_CHANGED = func.coalesce(_C.updated_at, _C.created_at)


class Migrations:
    """`objects.store.beside.Migrations` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, wanted: MigrationFilter, page: Page = WHOLE) -> list[Migration]:
        query = _LIVE.where(*_conditions(wanted), *_place(page))
        ordered = query.order_by(_C.created_at.desc(), _C.id.desc()).limit(page.limit)
        return self._database.read(
            lambda connection: [_FIELDS.make(row) for row in connection.execute(ordered)]
        )

    def get(self, uuid: str) -> Migration | None:
        return self._first(_LIVE.where(_C.uuid == uuid))

    def of_server(self, instance_uuid: str, migration_id: int) -> Migration | None:
        return self._first(
            _LIVE.where(_C.instance_uuid == instance_uuid, _C.id == migration_id)
        )

    def add(self, migration: Migration) -> Migration:
        values = _FIELDS.of(migration, deleted=0)
        values["created_at"] = values["created_at"] or self._database.clock.now()

        def work(connection: Connection) -> Migration:
            connection.execute(insert(migrations), values)
            row = connection.execute(_LIVE.where(_C.uuid == migration.uuid)).one()
            return _FIELDS.make(row)

        return self._database.write(work)

    def update(
        self, uuid: str, changes: Mapping[str, Any], statuses: Sequence[str] | None = None
    ) -> bool:
        query = update(migrations).where(_C.uuid == uuid, _C.deleted == 0)
        if statuses is not None:
            query = query.where(_C.status.in_(statuses))
        values = {"updated_at": self._database.clock.now(), **changes}
        return self._database.write(
            lambda connection: connection.execute(query, values).rowcount > 0
        )

    def _first(self, query: Select[Any]) -> Migration | None:
        row: Any = self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _FIELDS.make(row)


def _conditions(wanted: MigrationFilter) -> Iterable[ColumnElement[bool]]:
    for name, value in wanted.exact.items():
        several = isinstance(value, (list, tuple, set, frozenset))
        yield _C[name].in_(list(value)) if several else _C[name] == value
    if wanted.host is not None:
        yield or_(_C.source_compute == wanted.host, _C.dest_compute == wanted.host)
    if wanted.changes_since is not None:
        yield wanted.changes_since <= _CHANGED
    if wanted.changes_before is not None:
        yield wanted.changes_before >= _CHANGED


def _place(page: Page) -> Iterable[ColumnElement[bool]]:
    if page.after is not None:
        made, number = page.after["created_at"], page.after["id"]
        yield or_(_C.created_at < made, and_(_C.created_at == made, _C.id < number))
