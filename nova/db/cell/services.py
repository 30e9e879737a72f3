"""The processes of a cell that report."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, Moment, key, soft_delete, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.db.rows import Fields
from nova.objects.host import Pulse, Service
from nova.objects.store.errors import ServiceNotFound

services = Table(
    "services",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("uuid", UUID),
    Column("host", NAME),
    Column("binary", NAME),
    Column("topic", NAME),
    Column("report_count", Integer, nullable=False, default=0),
    Column("disabled", Boolean, default=False),
    Column("disabled_reason", NAME),
    Column("last_seen_up", Moment),
    Column("forced_down", Boolean, default=False),
    Column("version", Integer, default=0),
    UniqueConstraint("host", "binary", "deleted", name="uniq_services0host0binary0deleted"),
    UniqueConstraint("host", "topic", "deleted", name="uniq_services0host0topic0deleted"),
    Index("services_uuid_idx", "uuid", unique=True),
)

FIELDS = Fields(Service, services)
_LIVE = select(*FIELDS.columns).where(services.c.deleted == 0).order_by(services.c.id)
_OF_PROCESS = _LIVE.where(
    services.c.host == bindparam("wanted_host"), services.c.binary == bindparam("wanted_binary")
)
_C = services.c
_PULSES = select(
    _C.host,
    func.coalesce(_C.disabled, False),
    func.coalesce(_C.forced_down, False),
    func.coalesce(_C.version, 0),
    func.coalesce(_C.last_seen_up, _C.updated_at, _C.created_at),
).where(_C.deleted == 0, _C.binary == bindparam("wanted_binary"))
_REPORT = (
    update(services)
    .where(
        services.c.host == bindparam("wanted_host"),
        services.c.binary == bindparam("wanted_binary"),
        services.c.deleted == 0,
    )
    .values(
        report_count=services.c.report_count + 1,
        last_seen_up=bindparam("now"),
        updated_at=bindparam("now"),
    )
)


def of_process(connection: Connection, host: str, binary: str) -> Service | None:
    given = {"wanted_host": host, "wanted_binary": binary}
    row = connection.execute(_OF_PROCESS, given).first()
    return None if row is None else FIELDS.make(row)


def report(connection: Connection, host: str, binary: str, now: datetime) -> None:
    given = {"wanted_host": host, "wanted_binary": binary, "now": now}
    if connection.execute(_REPORT, given).rowcount == 0:
        raise ServiceNotFound(service_id=f"{binary} on {host}")


def register(connection: Connection, service: Service, now: datetime) -> Service:
    """The row of (host, binary), made when missing; what an operator set stays."""
    there = of_process(connection, service.host, service.binary)
    if there is None:
        values = {
            "disabled": False, "forced_down": False, "report_count": 0, "version": 0,
            **{name: value for name, value in service.as_dict().items() if name in services.c},
            "created_at": now, "last_seen_up": now, "updated_at": now,
        }  # fmt: skip
        values["uuid"] = values.get("uuid") or str(uuid.uuid4())
        connection.execute(insert(services), values)
    else:
        changes = {"version": service.version, "topic": service.topic, "updated_at": now,
                   "last_seen_up": now}  # fmt: skip
        connection.execute(update(services).where(services.c.id == there.id), changes)
    made = of_process(connection, service.host, service.binary)
    assert made is not None
    return made


class Services:
    """`objects.store.cell.Services` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, *, host: str | None = None, binary: str | None = None) -> list[Service]:
        asked = {"host": host, "binary": binary}
        conditions = [services.c[name] == value for name, value in asked.items() if value]
        query = _LIVE.where(*conditions)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [FIELDS.make(row) for row in rows]

    def pulses(self, binary: str) -> list[Pulse]:
        given = {"wanted_binary": binary}
        rows = self._database.read(lambda connection: connection.execute(_PULSES, given).all())
        return [Pulse._make(row) for row in rows]

    def get(self, service_id: int | str) -> Service:
        return self._database.read(lambda connection: _get(connection, service_id))

    def register(self, service: Service) -> Service:
        now = self._database.clock.now()

        def work(connection: Connection) -> Service:
            return register(connection, service, now)

        try:
            return self._database.write(work)
        except Duplicate:
            return self._database.write(work)

    def report(self, host: str, binary: str, now: datetime) -> Service:
        def work(connection: Connection) -> Service:
            report(connection, host, binary, now)
            found = of_process(connection, host, binary)
            assert found is not None
            return found

        return self._database.write(work)

    def update(self, service_id: int, changes: Mapping[str, Any]) -> Service:
        now = self._database.clock.now()

        def work(connection: Connection) -> Service:
            query = update(services).where(services.c.id == service_id, services.c.deleted == 0)
            connection.execute(query, {"updated_at": now, **changes})
            return _get(connection, service_id)

        return self._database.write(work)

    def delete(self, service_id: int) -> None:
        now = self._database.clock.now()
        query = (
            update(services)
            .where(services.c.id == service_id, services.c.deleted == 0)
            .values(deleted=services.c.id, deleted_at=now)
        )
        if self._database.write(lambda connection: connection.execute(query).rowcount) == 0:
            raise ServiceNotFound(service_id=service_id)


def _get(connection: Connection, service_id: int | str) -> Service:
    by_id = isinstance(service_id, int)
    column = services.c.id if by_id else services.c.uuid
    row = connection.execute(_LIVE.where(column == service_id)).first()
    if row is None:
        raise ServiceNotFound(service_id=service_id)
    return FIELDS.make(row)
