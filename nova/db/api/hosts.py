"""Which cell a host belongs to."""

from collections.abc import Iterable

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
    select,
)

from nova.db.api.cells import cell_mappings, id_of
from nova.db.api.schema import METADATA
from nova.db.columns import NAME, key, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.objects.cloud import HostMapping
from nova.objects.store.errors import HostMappingNotFound

host_mappings = Table(
    "host_mappings",
    METADATA,
    key(),
    *timestamps(),
    Column("cell_id", Integer, ForeignKey("cell_mappings.id"), nullable=False),
    Column("host", NAME, nullable=False),
    UniqueConstraint("host", name="uniq_host_mappings0host"),
    Index("host_idx", "host"),
)

_ALL = (
    select(host_mappings.c.host, cell_mappings.c.uuid)
    .join(cell_mappings, cell_mappings.c.id == host_mappings.c.cell_id)
    .order_by(host_mappings.c.id)
)
_ONE = _ALL.where(host_mappings.c.host == bindparam("wanted"))
_OF_CELL = _ALL.where(cell_mappings.c.uuid == bindparam("cell"))
_SOME = select(host_mappings.c.host).where(
    host_mappings.c.host.in_(bindparam("hosts", expanding=True))
)


class Hosts:
    """`objects.store.api.Hosts` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cell_of(self, host: str) -> str:
        row = self._database.read(
            lambda connection: connection.execute(_ONE, {"wanted": host}).first()
        )
        if row is None:
            raise HostMappingNotFound(host=host)
        return str(row.uuid)

    def find(self, cell_uuid: str | None = None) -> list[HostMapping]:
        query, given = (_ALL, {}) if cell_uuid is None else (_OF_CELL, {"cell": cell_uuid})
        rows = self._database.read(lambda connection: connection.execute(query, given).all())
        return [HostMapping.hydrate({"host": host, "cell_uuid": uuid}) for host, uuid in rows]

    def add(self, mappings: Iterable[HostMapping]) -> None:
        wanted = {mapping.host: mapping.cell_uuid for mapping in mappings}
        try:
            self._database.write(lambda connection: self._add(connection, wanted))
        except Duplicate:
            # Somebody else added one of them meanwhile: add what is still missing.
            self._database.write(lambda connection: self._add(connection, wanted))

    def delete(self, host: str) -> None:
        query = delete(host_mappings).where(host_mappings.c.host == host)
        if self._database.write(lambda connection: connection.execute(query).rowcount) == 0:
            raise HostMappingNotFound(host=host)

    def _add(self, connection: Connection, wanted: dict[str, str]) -> None:
        now = self._database.clock.now()
        there = set(connection.execute(_SOME, {"hosts": list(wanted)}).scalars())
        rows = [
            {"host": host, "cell": uuid, "created_at": now}
            for host, uuid in wanted.items()
            if host not in there
        ]
        if rows:
            connection.execute(insert(host_mappings).values(cell_id=id_of("cell")), rows)
