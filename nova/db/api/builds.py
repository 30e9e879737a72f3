"""Creates that have no cell yet: the journal of the API database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from nova.db.api import groups, mappings, quotas, specs
from nova.db.api.cells import cell_mappings
from nova.db.api.mappings import instance_mappings
from nova.db.api.schema import METADATA
from nova.db.columns import NAME, UUID, ExactMoment, Json, LongJson, key, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.objects.cloud import BuildRequest, RequestSpec
from nova.objects.server import Instance
from nova.objects.store.api import Turn

T = TypeVar("T")

build_requests = Table(
    "build_requests",
    METADATA,
    key(),
    *timestamps(),
    Column("instance_uuid", UUID),
    Column("project_id", NAME, nullable=False),
    Column("instance", LongJson),
    Column("block_device_mappings", LongJson),
    Column("tags", Json),
    Column("request_id", NAME),
    Column("arguments", LongJson),
    Column("owner", NAME),
    Column("lease_expires_at", ExactMoment),
    Column("deadline", ExactMoment),
    Column("attempts", Integer),
    UniqueConstraint("instance_uuid", name="uniq_build_requests0instance_uuid"),
    Index("build_requests_instance_uuid_idx", "instance_uuid"),
    Index("build_requests_project_id_idx", "project_id"),
    Index("build_requests_owner_idx", "owner"),
)

# Owner of those that their users gave up while somebody worked on them: not a create any
# more, but a note that a claim in placement may come of it yet.
CANCELLED = "cancelled:"

_C = build_requests.c
_LIVE = func.coalesce(_C.owner, "") != CANCELLED
_COLUMNS = (
    _C.id, _C.instance_uuid, _C.project_id, _C.instance, _C.request_id, _C.arguments, _C.owner,
    _C.lease_expires_at, _C.deadline, _C.attempts, _C.created_at,
)  # fmt: skip
_ALL = select(*_COLUMNS).where(_LIVE).order_by(_C.id)
_ONE = _ALL.where(_C.instance_uuid == bindparam("wanted"))
_OF_PROJECT = _ALL.where(_C.project_id == bindparam("project"))
_FREE = (
    select(*_COLUMNS, specs.SPEC)
    .join(specs.request_specs, specs.request_specs.c.instance_uuid == _C.instance_uuid)
    .where(
        _C.instance_uuid.in_(bindparam("uuids", expanding=True)),
        or_(_C.lease_expires_at.is_(None), _C.lease_expires_at < bindparam("now")),
        _LIVE,
    )
    .order_by(_C.id)
    .with_for_update(of=build_requests)
)
_TAKE = (
    update(build_requests)
    .where(_C.id.in_(bindparam("ids", expanding=True)))
    .values(
        owner=bindparam("new_owner"),
        lease_expires_at=bindparam("lease"),
        attempts=func.coalesce(_C.attempts, 0) + 1,
        updated_at=bindparam("stamp"),
    )
)
_UNCLAIMED = (
    select(*_COLUMNS)
    .where(
        _C.instance_uuid == bindparam("wanted"),
        or_(_C.lease_expires_at.is_(None), _C.lease_expires_at < bindparam("now")),
        _LIVE,
    )
    .with_for_update()
)
_REWRITE = (
    update(build_requests)
    .where(_C.id == bindparam("wanted"))
    .values(instance=bindparam("content"), updated_at=bindparam("stamp"))
)
_RENEW = (
    update(build_requests)
    .where(
        _C.owner == bindparam("old_owner"),
        _C.instance_uuid.in_(bindparam("uuids", expanding=True)),
    )
    .values(lease_expires_at=bindparam("lease"))
)
_RELEASE = (
    update(build_requests)
    .where(
        _C.owner == bindparam("old_owner"),
        _C.instance_uuid.in_(bindparam("uuids", expanding=True)),
    )
    .values(
        owner=None, lease_expires_at=None, attempts=_C.attempts - 1, updated_at=bindparam("stamp")
    )
)
_STRANDED = (
    select(_C.instance_uuid)
    .where(
        _LIVE,
        or_(
            _C.lease_expires_at < bindparam("now"),
            and_(
                _C.lease_expires_at.is_(None),
                func.coalesce(_C.updated_at, _C.created_at) < bindparam("unclaimed_before"),
            ),
        )
    )
    .order_by(_C.id)
    .limit(bindparam("limit"))
)
_DROP = delete(build_requests).where(_C.instance_uuid == bindparam("wanted"), _LIVE)
_DROP_UNTOUCHED = _DROP.where(func.coalesce(_C.attempts, 0) == 0)
_CANCEL = (
    update(build_requests)
    .where(_C.instance_uuid == bindparam("wanted"), _LIVE)
    .values(owner=CANCELLED, lease_expires_at=None, updated_at=bindparam("stamp"))
)
_CANCELLED = (
    select(_C.instance_uuid)
    .where(_C.owner == CANCELLED, _C.updated_at < bindparam("before"))
    .order_by(_C.id)
    .limit(bindparam("limit"))
)
_FORGET = delete(build_requests).where(
    _C.instance_uuid.in_(bindparam("uuids", expanding=True)), _C.owner == CANCELLED
)
_LIVES_IN = (
    select(instance_mappings.c.id)
    .join(cell_mappings, cell_mappings.c.id == instance_mappings.c.cell_id)
    .where(
        instance_mappings.c.instance_uuid == bindparam("wanted"),
        cell_mappings.c.uuid == bindparam("cell"),
        func.coalesce(instance_mappings.c.queued_for_delete, False).is_(False),
    )
)


class BuildRequests:
    """`objects.store.api.BuildRequests` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        builds: Iterable[tuple[BuildRequest, RequestSpec]],
        group: str | None = None,
        *,
        in_turn: bool = False,
        turn: Turn | None = None,
    ) -> None:
        given = list(builds)
        now = self._database.clock.now()
        names = {one.project_id for one, _ in given[:1] if in_turn}

        def work(connection: Connection) -> None:
            _wait_for(connection, turn, names, now)
            _record(connection, given, group, now)

        if given:
            self._in_turn(work, bool(names or turn))

    def after(self, turn: Turn, write: Callable[[], T]) -> T:
        now = self._database.clock.now()

        def work(connection: Connection) -> T:
            _wait_for(connection, turn, (), now)
            return write()

        return self._in_turn(work, True)

    def _in_turn(self, work: Callable[[Connection], T], turns: bool) -> T:
        try:
            return self._database.write(work)
        except Duplicate:
            if not turns:
                raise
            # Somebody else made the row that turns are taken by.
            return self._database.write(work)

    def get(self, instance_uuid: str) -> BuildRequest | None:
        row = self._database.read(
            lambda connection: connection.execute(_ONE, {"wanted": instance_uuid}).first()
        )
        return None if row is None else _build(row)

    def find(self, *, project_id: str | None = None) -> list[BuildRequest]:
        return self._database.read(lambda connection: _waiting(connection, project_id))

    def claim(
        self, instance_uuids: Iterable[str], owner: str, now: datetime, lease_expires_at: datetime
    ) -> list[tuple[BuildRequest, RequestSpec]]:
        uuids = list(instance_uuids)

        def work(connection: Connection) -> list[tuple[BuildRequest, RequestSpec]]:
            rows = connection.execute(_FREE, {"uuids": uuids, "now": now}).all()
            if rows:
                taken = {"ids": [row.id for row in rows], "new_owner": owner, "stamp": now}
                connection.execute(_TAKE, {**taken, "lease": lease_expires_at})
            return [_taken(row, owner, lease_expires_at) for row in rows]

        return self._database.write(work) if uuids else []

    def renew(self, owner: str, lease_expires_at: datetime, instance_uuids: Iterable[str]) -> None:
        uuids = list(instance_uuids)
        if not uuids:
            return
        given = {"old_owner": owner, "lease": lease_expires_at, "uuids": uuids}
        self._database.write(lambda connection: connection.execute(_RENEW, given))

    def release(self, owner: str, instance_uuids: Iterable[str]) -> None:
        given = {
            "old_owner": owner, "uuids": list(instance_uuids), "stamp": self._database.clock.now(),
        }  # fmt: skip
        self._database.write(lambda connection: connection.execute(_RELEASE, given))

    def stranded(self, now: datetime, unclaimed_before: datetime, limit: int) -> list[str]:
        given = {"now": now, "unclaimed_before": unclaimed_before, "limit": limit}
        return self._database.read(
            lambda connection: list(connection.execute(_STRANDED, given).scalars())
        )

    def place(self, instance_uuid: str, cell_uuid: str, spec: RequestSpec | None = None) -> bool:
        now = self._database.clock.now()

        def work(connection: Connection) -> bool:
            given = {"wanted": instance_uuid, "cell": cell_uuid}
            if connection.execute(_DROP, given).rowcount == 0:
                # Done before, by somebody who died without saying so?
                return connection.execute(_LIVES_IN, given).first() is not None
            connection.execute(mappings.TO_CELL, {**given, "now": now})
            if spec is not None:
                specs.save(connection, spec, now)
            return True

        return self._database.write(work)

    def change(
        self, instance_uuid: str, columns: Mapping[str, Any], turn: Turn | None = None
    ) -> Instance | None:
        now = self._database.clock.now()

        def work(connection: Connection) -> Instance | None:
            _wait_for(connection, turn, (), now)
            row = connection.execute(_UNCLAIMED, {"wanted": instance_uuid, "now": now}).first()
            if row is None:
                return None
            instance = _build(row).instance
            instance.keep(columns)
            connection.execute(_REWRITE, {
                "wanted": row.id, "content": instance.obj_to_primitive(), "stamp": now,
            })
            return instance

        return self._in_turn(work, turn is not None)

    def cancel(self, instance_uuid: str) -> bool:
        now = self._database.clock.now()

        def work(connection: Connection) -> bool:
            given = {"wanted": instance_uuid}
            if not _cancelled(connection, instance_uuid, now):
                return False
            specs.drop(connection, instance_uuid)
            groups.remove_member(connection, instance_uuid)
            connection.execute(mappings.QUEUE, {**given, "queued": True, "now": now})
            return True

        return self._database.write(work)

    def cancelled(self, before: datetime, limit: int) -> list[str]:
        given = {"before": before, "limit": limit}
        return self._database.read(
            lambda connection: list(connection.execute(_CANCELLED, given).scalars())
        )

    def forget(self, instance_uuids: Iterable[str]) -> None:
        given = {"uuids": list(instance_uuids)}
        self._database.write(lambda connection: connection.execute(_FORGET, given))


def _wait_for(
    connection: Connection, turn: Turn | None, names: Iterable[str], now: datetime
) -> None:
    """Take the turns; raise what `turn` sees against it."""
    asked = {*names, *((turn.name,) if turn else ())}
    quotas.take_turns(connection, asked, now)
    if turn is not None:
        turn.look(_waiting(connection, turn.project_id))


def _waiting(connection: Connection, project_id: str | None) -> list[BuildRequest]:
    query, given = (_ALL, {}) if project_id is None else (_OF_PROJECT, {"project": project_id})
    return [_build(row) for row in connection.execute(query, given).all()]


def _cancelled(connection: Connection, instance_uuid: str, now: datetime) -> bool:
    """What nobody worked on leaves nothing behind and needs no note."""
    given = {"wanted": instance_uuid}
    if connection.execute(_DROP_UNTOUCHED, given).rowcount:
        return True
    return connection.execute(_CANCEL, {**given, "stamp": now}).rowcount > 0


def _record(
    connection: Connection,
    builds: Sequence[tuple[BuildRequest, RequestSpec]],
    group: str | None,
    now: datetime,
) -> None:
    connection.execute(insert(instance_mappings), [_mapping(build, now) for build, _ in builds])
    connection.execute(insert(specs.request_specs), [specs.row(spec, now) for _, spec in builds])
    connection.execute(insert(build_requests), [_row(build, now) for build, _ in builds])
    if group is not None:
        groups.add_members(connection, group, [build.instance_uuid for build, _ in builds], now)


def _mapping(build: BuildRequest, now: datetime) -> dict[str, Any]:
    return {
        "instance_uuid": build.instance_uuid,
        "project_id": build.project_id,
        "user_id": build.instance.user_id if build.instance.known("user_id") else None,
        "queued_for_delete": False,
        "created_at": now,
    }


def _row(build: BuildRequest, now: datetime) -> dict[str, Any]:
    return {
        "instance_uuid": build.instance_uuid,
        "project_id": build.project_id,
        "instance": build.instance.obj_to_primitive(),
        "request_id": build.request_id,
        "arguments": build.arguments,
        "deadline": build.deadline,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
    }


def _build(row: Any) -> BuildRequest:
    values: Mapping[str, Any] = row._mapping
    instance = Instance.obj_from_primitive(values["instance"])
    more = {"instance": instance, "arguments": values["arguments"] or {},
            "attempts": values["attempts"] or 0}  # fmt: skip
    return BuildRequest.hydrate({column.name: values[column.name] for column in _COLUMNS} | more)


def _taken(row: Any, owner: str, lease: datetime) -> tuple[BuildRequest, RequestSpec]:
    build = _build(row)
    build.keep({"owner": owner, "lease_expires_at": lease, "attempts": build.attempts + 1})
    return build, specs.from_json(row.spec)
