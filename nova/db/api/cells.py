"""The cells of the cloud."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Select,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from nova.db.api.schema import METADATA
from nova.db.columns import NAME, UUID, key, timestamps
from nova.db.engine import Database
from nova.db.rows import Fields
from nova.objects.cloud import CellMapping
from nova.objects.store.errors import CellNotFound

cell_mappings = Table(
    "cell_mappings",
    METADATA,
    key(),
    *timestamps(),
    Column("uuid", UUID, nullable=False),
    Column("name", NAME),
    Column("transport_url", Text),
    Column("database_connection", Text),
    Column("disabled", Boolean, default=False),
    UniqueConstraint("uuid", name="uniq_cell_mappings0uuid"),
    Index("uuid_idx", "uuid"),
)

FIELDS = Fields(CellMapping, cell_mappings)
_ALL = select(*FIELDS.columns).order_by(cell_mappings.c.id)
_ONE = _ALL.where(cell_mappings.c.uuid == bindparam("wanted"))


def id_of(name: str) -> Any:
    """A subquery: the id of the cell whose uuid is the parameter `name`."""
    query: Select[Any] = select(cell_mappings.c.id)
    return query.where(cell_mappings.c.uuid == bindparam(name)).scalar_subquery()


class Cells:
    """`objects.store.api.Cells` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self) -> list[CellMapping]:
        rows = self._database.read(lambda connection: connection.execute(_ALL).all())
        return [_cell(row) for row in rows]

    def get(self, uuid: str) -> CellMapping:
        return self._database.read(lambda connection: _get(connection, uuid))

    def create(self, cell: CellMapping) -> CellMapping:
        now = self._database.clock.now()

        def work(connection: Connection) -> CellMapping:
            values = FIELDS.of(cell, created_at=now)
            connection.execute(
                insert(cell_mappings), {**values, "disabled": bool(values["disabled"])}
            )
            return _get(connection, cell.uuid)

        return self._database.write(work)

    def update(self, uuid: str, changes: Mapping[str, Any]) -> CellMapping:
        now = self._database.clock.now()

        def work(connection: Connection) -> CellMapping:
            query = update(cell_mappings).where(cell_mappings.c.uuid == uuid)
            connection.execute(query, {**changes, "updated_at": now})
            return _get(connection, uuid)

        return self._database.write(work)

    def delete(self, uuid: str) -> None:
        query = delete(cell_mappings).where(cell_mappings.c.uuid == uuid)
        if self._database.write(lambda connection: connection.execute(query).rowcount) == 0:
            raise CellNotFound(cell_uuid=uuid)


def _get(connection: Connection, uuid: str) -> CellMapping:
    row = connection.execute(_ONE, {"wanted": uuid}).first()
    if row is None:
        raise CellNotFound(cell_uuid=uuid)
    return _cell(row)


def _cell(row: Any) -> CellMapping:
    values = FIELDS.values(row)
    return CellMapping.hydrate({**values, "disabled": bool(values["disabled"])})
