"""Which cell a server lives in."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Executable,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from nova.db.api.cells import cell_mappings, id_of
from nova.db.api.schema import METADATA
from nova.db.batches import batched
from nova.db.columns import NAME, UUID, key, timestamps
from nova.db.engine import Database
from nova.objects.cloud import InstanceMapping
from nova.objects.store.errors import InstanceNotFound

instance_mappings = Table(
    "instance_mappings",
    METADATA,
    key(),
    *timestamps(),
    Column("instance_uuid", UUID, nullable=False),
    Column("cell_id", Integer, ForeignKey("cell_mappings.id")),
    Column("project_id", NAME, nullable=False),
    Column("user_id", NAME),
    Column("queued_for_delete", Boolean),
    UniqueConstraint("instance_uuid", name="uniq_instance_mappings0instance_uuid"),
    Index("instance_mappings_user_id_project_id_idx", "user_id", "project_id"),
    Index("instance_uuid_idx", "instance_uuid"),
    Index("project_id_idx", "project_id"),
)

_C = instance_mappings.c
_ALL = select(
    _C.instance_uuid,
    cell_mappings.c.uuid,
    _C.project_id,
    _C.user_id,
    _C.queued_for_delete,
    _C.created_at,
).outerjoin(cell_mappings, cell_mappings.c.id == _C.cell_id)
_SOME = _ALL.where(_C.instance_uuid.in_(bindparam("uuids", expanding=True)))
_OF_CELLS = _ALL.where(
    cell_mappings.c.uuid.in_(bindparam("cells", expanding=True)),
    or_(_C.queued_for_delete == false(), _C.queued_for_delete.is_(None)),
).order_by(_C.id)
_CELLS = (
    select(cell_mappings.c.uuid)
    .distinct()
    .join(instance_mappings, cell_mappings.c.id == _C.cell_id)
    .where(_C.project_id == bindparam("project"))
)
_COUNT = (
    select(func.count())
    .select_from(instance_mappings)
    .where(_C.project_id == bindparam("project"))
    .where(or_(_C.queued_for_delete == false(), _C.queued_for_delete.is_(None)))
)
_IN_CELL = (
    select(_C.instance_uuid)
    .join(cell_mappings, cell_mappings.c.id == _C.cell_id)
    .where(cell_mappings.c.uuid == bindparam("cell"))
)
QUEUE = (
    update(instance_mappings)
    .where(_C.instance_uuid == bindparam("wanted"))
    .values(queued_for_delete=bindparam("queued"), updated_at=bindparam("now"))
)
TO_CELL = (
    update(instance_mappings)
    .where(_C.instance_uuid == bindparam("wanted"))
    .values(cell_id=id_of("cell"), updated_at=bindparam("now"))
)


class InstanceMappings:
    """`objects.store.api.InstanceMappings` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, instance_uuid: str) -> InstanceMapping:
        found = self.of([instance_uuid]).get(instance_uuid)
        if found is None:
            raise InstanceNotFound(instance_id=instance_uuid)
        return found

    def of(self, instance_uuids: Iterable[str]) -> dict[str, InstanceMapping]:
        found: dict[str, InstanceMapping] = {}
        for some in batched(list(instance_uuids)):
            rows = self._database.read(partial(_rows, some))
            found.update({row[0]: _mapping(row) for row in rows})
        return found

    def cells_of_project(self, project_id: str) -> list[str]:
        given = {"project": project_id}
        return self._database.read(
            lambda connection: list(connection.execute(_CELLS, given).scalars())
        )

    def count(self, project_id: str, user_id: str | None = None) -> int:
        query = _COUNT if user_id is None else _COUNT.where(_C.user_id == user_id)
        return self._database.read(
            lambda connection: int(connection.execute(query, {"project": project_id}).scalar() or 0)
        )

    def of_cells(
        self, cell_uuids: Iterable[str], project_id: str | None, limit: int
    ) -> list[InstanceMapping]:
        query = _OF_CELLS if project_id is None else _OF_CELLS.where(_C.project_id == project_id)
        given = {"cells": list(cell_uuids)}
        rows = self._database.read(
            lambda connection: connection.execute(query.limit(limit), given).all()
        )
        return [_mapping(row) for row in rows]

    def in_cell(self, cell_uuid: str) -> list[str]:
        """Uuids of all servers that are mapped to the cell."""
        given = {"cell": cell_uuid}
        return self._database.read(
            lambda connection: list(connection.execute(_IN_CELL, given).scalars())
        )

    def add(self, mappings: Iterable[InstanceMapping]) -> None:
        """Of servers that have none, to cells that there are."""
        now = self._database.clock.now()
        rows = [
            {
                "instance_uuid": each.instance_uuid,
                "cell": each.cell_uuid,
                "project_id": each.project_id,
                "user_id": each.user_id,
                "queued_for_delete": each.queued_for_delete,
                "created_at": now,
            }
            for each in mappings
        ]
        if rows:
            query = insert(instance_mappings).values(cell_id=id_of("cell"))
            self._database.write(lambda connection: connection.execute(query, rows))

    def delete(self, instance_uuids: Iterable[str]) -> None:
        """Idempotent."""
        for some in batched(list(instance_uuids)):
            query = delete(instance_mappings).where(_C.instance_uuid.in_(some))
            self._database.write(partial(_execute, query))

    def set_queued_for_delete(self, instance_uuid: str, queued: bool) -> None:
        given: Mapping[str, Any] = {
            "wanted": instance_uuid, "queued": queued, "now": self._database.clock.now()
        }  # fmt: skip
        if self._database.write(lambda connection: connection.execute(QUEUE, given).rowcount) == 0:
            raise InstanceNotFound(instance_id=instance_uuid)


def _execute(query: Executable, connection: Connection) -> None:
    connection.execute(query)


def _rows(uuids: Sequence[str], connection: Connection) -> Sequence[Any]:
    return connection.execute(_SOME, {"uuids": uuids}).all()


def _mapping(row: Any) -> InstanceMapping:
    uuid, cell_uuid, project_id, user_id, queued, created_at = row
    return InstanceMapping.hydrate({
        "instance_uuid": uuid, "cell_uuid": cell_uuid, "project_id": project_id,
        "user_id": user_id, "queued_for_delete": bool(queued), "created_at": created_at,
    })  # fmt: skip
