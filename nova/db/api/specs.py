"""What the scheduler was asked for each server."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from nova.db.api.schema import METADATA
from nova.db.columns import UUID, LongJson, key, timestamps
from nova.db.engine import Database
from nova.objects.cloud import RequestSpec
from nova.objects.store.errors import RequestSpecNotFound

request_specs = Table(
    "request_specs",
    METADATA,
    key(),
    *timestamps(),
    Column("instance_uuid", UUID, nullable=False),
    Column("spec", LongJson, nullable=False),
    UniqueConstraint("instance_uuid", name="uniq_request_specs0instance_uuid"),
    Index("request_spec_instance_uuid_idx", "instance_uuid"),
)

SPEC = request_specs.c.spec
_ONE = select(SPEC).where(request_specs.c.instance_uuid == bindparam("wanted"))
_MANY = select(request_specs.c.instance_uuid, SPEC).where(
    request_specs.c.instance_uuid.in_(bindparam("wanted", expanding=True))
)
_SAVE = (
    update(request_specs)
    .where(request_specs.c.instance_uuid == bindparam("wanted"))
    .values(spec=bindparam("new_spec"), updated_at=bindparam("now"))
)
_DELETE = delete(request_specs).where(request_specs.c.instance_uuid == bindparam("wanted"))


def from_json(value: Any) -> RequestSpec:
    spec = RequestSpec.obj_from_primitive(value)
    assert isinstance(spec, RequestSpec)
    return spec


def row(spec: RequestSpec, now: datetime) -> dict[str, object]:
    return {
        "instance_uuid": spec.instance_uuid,
        "spec": spec.obj_to_primitive(),
        "created_at": now,
    }


def save(connection: Connection, spec: RequestSpec, now: datetime) -> None:
    given = {"wanted": spec.instance_uuid, "new_spec": spec.obj_to_primitive(), "now": now}
    if connection.execute(_SAVE, given).rowcount == 0:
        connection.execute(insert(request_specs), row(spec, now))


def drop(connection: Connection, instance_uuid: str) -> None:
    connection.execute(_DELETE, {"wanted": instance_uuid})


class RequestSpecs:
    """`objects.store.api.RequestSpecs` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, instance_uuid: str) -> RequestSpec:
        found = self._database.read(
            lambda connection: connection.execute(_ONE, {"wanted": instance_uuid}).first()
        )
        if found is None:
            raise RequestSpecNotFound(instance_uuid=instance_uuid)
        return from_json(found.spec)

    def of(self, instance_uuids: Iterable[str]) -> dict[str, RequestSpec]:
        wanted = {"wanted": list(instance_uuids)}
        rows = self._database.read(lambda connection: connection.execute(_MANY, wanted).all())
        return {row.instance_uuid: from_json(row.spec) for row in rows}

    def save(self, spec: RequestSpec) -> None:
        now = self._database.clock.now()
        self._database.write(lambda connection: save(connection, spec, now))

    def delete(self, instance_uuid: str) -> None:
        self._database.write(lambda connection: drop(connection, instance_uuid))
