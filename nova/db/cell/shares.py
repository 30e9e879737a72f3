"""Shares attached to servers."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from nova.db.cell.schema import METADATA
from nova.db.columns import BIG_KEY, UUID, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.db.rows import Fields
from nova.objects.beside import Share
from nova.objects.store.errors import ShareAttached

share_mapping = Table(
    "share_mapping",
    METADATA,
    *timestamps(),
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("uuid", UUID),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("share_id", UUID),
    Column("status", String(32)),
    Column("tag", String(48)),
    Column("export_location", Text),
    Column("share_proto", String(32)),
    UniqueConstraint("instance_uuid", "share_id", name="uniq_key_pairs0instance_uuid0share_id"),
    UniqueConstraint("instance_uuid", "tag", name="uniq_key_pairs0instance_uuid0tag"),
    Index("share_idx", "share_id"),
    Index("share_mapping_instance_uuid_share_id_idx", "instance_uuid", "share_id"),
)

_FIELDS = Fields(Share, share_mapping)
_C = share_mapping.c
_ALL = select(*_FIELDS.columns).order_by(_C.id)


class Shares:
    """`objects.store.beside.Shares` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_server(self, instance_uuid: str) -> list[Share]:
        return self._find(_ALL.where(_C.instance_uuid == instance_uuid))

    def get(self, instance_uuid: str, share_id: str) -> Share | None:
        found = self._find(
            _ALL.where(_C.instance_uuid == instance_uuid, _C.share_id == share_id)
        )
        return found[0] if found else None

    def add(self, share: Share) -> Share:
        values = _FIELDS.of(share, created_at=self._database.clock.now())
        try:
            self._database.write(
                lambda connection: connection.execute(insert(share_mapping), values)
            )
        except Duplicate:
            raise ShareAttached(share_id=share.share_id, tag=share.tag) from None
        return share

    def update(
        self, uuid: str, changes: Mapping[str, Any], statuses: Sequence[str] | None = None
    ) -> bool:
        query = update(share_mapping).where(_C.uuid == uuid)
        if statuses is not None:
            query = query.where(_C.status.in_(statuses))
        values = {**changes, "updated_at": self._database.clock.now()}
        return self._database.write(
            lambda connection: connection.execute(query, values).rowcount > 0
        )

    def delete(self, uuid: str) -> bool:
        query = delete(share_mapping).where(_C.uuid == uuid)
        return self._database.write(lambda connection: connection.execute(query).rowcount > 0)

    def _find(self, query: Select[Any]) -> list[Share]:
        return self._database.read(
            lambda connection: [_FIELDS.make(row) for row in connection.execute(query)]
        )
