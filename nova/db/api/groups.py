"""Server groups."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
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
    func,
    insert,
    select,
    update,
)

from nova.db.api.schema import METADATA
from nova.db.batches import batched
from nova.db.columns import NAME, UUID, ExactMoment, Json, key, timestamps
from nova.db.engine import Database
from nova.db.rows import Fields
from nova.objects.cloud import ServerGroup
from nova.objects.group_rules import allows, whereabouts
from nova.objects.store.errors import ServerGroupNotFound
from nova.objects.store.page import WHOLE, Page

instance_groups = Table(
    "instance_groups",
    METADATA,
    key(),
    *timestamps(),
    Column("user_id", NAME),
    Column("project_id", NAME),
    Column("uuid", UUID, nullable=False),
    Column("name", NAME),
    UniqueConstraint("uuid", name="uniq_instance_groups0uuid"),
)

instance_group_member = Table(
    "instance_group_member",
    METADATA,
    key(),
    *timestamps(),
    Column("instance_uuid", NAME),
    Column("group_id", Integer, ForeignKey("instance_groups.id"), nullable=False),
    # Where the scheduler decided the member to be, and when.
    Column("host", NAME),
    Column("decided_at", ExactMoment),
    Index("instance_group_member_instance_idx", "instance_uuid"),
)

instance_group_policy = Table(
    "instance_group_policy",
    METADATA,
    key(),
    *timestamps(),
    Column("policy", NAME),
    Column("group_id", Integer, ForeignKey("instance_groups.id"), nullable=False),
    Column("rules", Json),
    Index("instance_group_policy_policy_idx", "policy"),
)

FIELDS = Fields(ServerGroup, instance_groups)
_MEMBERS = instance_group_member
_POLICY = instance_group_policy
_ALL = select(*FIELDS.columns, _POLICY.c.policy, _POLICY.c.rules).outerjoin(
    _POLICY, _POLICY.c.group_id == instance_groups.c.id
)
_ONE = _ALL.where(instance_groups.c.uuid == bindparam("wanted"))
_OF_SERVER = _ALL.join(_MEMBERS, _MEMBERS.c.group_id == instance_groups.c.id).where(
    _MEMBERS.c.instance_uuid == bindparam("server")
)
_OF_SERVERS = (
    select(_MEMBERS.c.instance_uuid, instance_groups.c.uuid)
    .join(instance_groups, instance_groups.c.id == _MEMBERS.c.group_id)
    .where(_MEMBERS.c.instance_uuid.in_(bindparam("servers", expanding=True)))
)
_MEMBERS_OF = (
    select(_MEMBERS.c.group_id, _MEMBERS.c.instance_uuid)
    .where(_MEMBERS.c.group_id.in_(bindparam("groups", expanding=True)))
    .order_by(_MEMBERS.c.id)
)
_ID = select(instance_groups.c.id).where(instance_groups.c.uuid == bindparam("wanted"))
_COUNT = select(func.count(instance_groups.c.id)).where(
    instance_groups.c.project_id == bindparam("project")
)

_LOCKED = (
    select(instance_groups.c.id, _POLICY.c.policy, _POLICY.c.rules)
    .join(_POLICY, _POLICY.c.group_id == instance_groups.c.id)
    .where(instance_groups.c.uuid == bindparam("wanted"))
    .with_for_update(of=instance_groups)
)
_DECIDED = (
    select(_MEMBERS.c.instance_uuid, _MEMBERS.c.host)
    .join(instance_groups, instance_groups.c.id == _MEMBERS.c.group_id)
    .where(
        instance_groups.c.uuid == bindparam("wanted"),
        _MEMBERS.c.host.is_not(None),
        _MEMBERS.c.decided_at >= bindparam("since"),
    )
)
_DECIDE = (
    update(_MEMBERS)
    .where(_MEMBERS.c.instance_uuid == bindparam("server"))
    .values(host=bindparam("new_host"), decided_at=bindparam("stamp"))
)


class ServerGroups:
    """`objects.store.api.ServerGroups` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, uuid: str) -> ServerGroup:
        found = self._database.read(
            lambda connection: _with_members(
                connection, connection.execute(_ONE, {"wanted": uuid}).all()
            )
        )
        if not found:
            raise ServerGroupNotFound(group_uuid=uuid)
        return found[0]

    def find(self, page: Page = WHOLE, *, project_id: str | None = None) -> list[ServerGroup]:
        """Oldest first; the page's marker is a group's uuid, `limit` as usual."""
        query = _ALL.order_by(instance_groups.c.id).limit(page.limit)
        if project_id is not None:
            query = query.where(instance_groups.c.project_id == project_id)

        def work(connection: Connection) -> list[ServerGroup]:
            limited = query
            if page.marker is not None:
                last = _id(connection, page.marker)
                limited = query.where(instance_groups.c.id > last)
            return _with_members(connection, connection.execute(limited).all())

        return self._database.read(work)

    def count(self, project_id: str, user_id: str | None = None) -> int:
        query, given = _COUNT, {"project": project_id}
        if user_id is not None:
            query = query.where(instance_groups.c.user_id == user_id)
        return self._database.read(
            lambda connection: int(connection.execute(query, given).scalar() or 0)
        )

    def create(self, group: ServerGroup) -> ServerGroup:
        now = self._database.clock.now()

        def work(connection: Connection) -> ServerGroup:
            values = FIELDS.of(group, created_at=now)
            made = connection.execute(insert(instance_groups), values).inserted_primary_key
            assert made is not None
            rules = group.rules if group.known("rules") else {}
            connection.execute(
                insert(_POLICY),
                {"group_id": made[0], "policy": group.policy, "rules": rules, "created_at": now},
            )
            return _with_members(
                connection, connection.execute(_ONE, {"wanted": group.uuid}).all()
            )[0]

        return self._database.write(work)

    def delete(self, uuid: str) -> None:
        def work(connection: Connection) -> None:
            number = _id(connection, uuid)
            for table in (_MEMBERS, _POLICY):
                connection.execute(delete(table).where(table.c.group_id == number))
            connection.execute(delete(instance_groups).where(instance_groups.c.id == number))

        self._database.write(work)

    def of_server(self, instance_uuid: str) -> ServerGroup | None:
        found = self._database.read(
            lambda connection: _with_members(
                connection, connection.execute(_OF_SERVER, {"server": instance_uuid}).all()
            )
        )
        return found[0] if found else None

    def of_servers(self, instance_uuids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in batched(list(instance_uuids)):
            query = _OF_SERVERS.params(servers=some)
            rows = self._database.read(partial(_all, query))
            found.update(dict(rows))
        return found

    def add_members(self, uuid: str, instance_uuids: Iterable[str]) -> None:
        now = self._database.clock.now()
        servers = list(instance_uuids)
        self._database.write(lambda connection: add_members(connection, uuid, servers, now))

    def remove_member(self, instance_uuid: str) -> None:
        self._database.write(lambda connection: remove_member(connection, instance_uuid))

    def decided(self, uuid: str, since: datetime) -> dict[str, str]:
        given = {"wanted": uuid, "since": since}
        rows = self._database.read(lambda connection: connection.execute(_DECIDED, given).all())
        return {row.instance_uuid: row.host for row in rows}

    def settle(
        self, uuid: str, places: Mapping[str, str], known: Mapping[str, str], since: datetime
    ) -> bool:
        now = self._database.clock.now()

        def work(connection: Connection) -> bool:
            group = connection.execute(_LOCKED, {"wanted": uuid}).first()
            if group is None:
                return True
            rows = connection.execute(_DECIDED, {"wanted": uuid, "since": since}).all()
            others, leaving = whereabouts(known, {row.instance_uuid: row.host for row in rows})
            for server in places:
                others.pop(server, None)
                leaving.pop(server, None)
            if not allows(group.policy, group.rules, others, leaving, places):
                return False
            connection.execute(_DECIDE, [
                {"server": server, "new_host": host, "stamp": now}
                for server, host in places.items()
            ])
            return True

        return self._database.write(work)

    def unsettle(self, instance_uuids: Iterable[str]) -> None:
        rows = [{"server": one, "new_host": None, "stamp": None} for one in instance_uuids]
        if rows:
            self._database.write(lambda connection: connection.execute(_DECIDE, rows))


def _all(query: Executable, connection: Connection) -> Sequence[Any]:
    return connection.execute(query).all()


def add_members(
    connection: Connection, uuid: str, instance_uuids: Sequence[str], now: datetime
) -> None:
    """Two statements; those that are members already stay it once."""
    number = _id(connection, uuid)
    query = select(_MEMBERS.c.instance_uuid).where(
        _MEMBERS.c.group_id == number, _MEMBERS.c.instance_uuid.in_(list(instance_uuids))
    )
    there = set(connection.execute(query).scalars())
    rows = [
        {"group_id": number, "instance_uuid": server, "created_at": now}
        for server in dict.fromkeys(instance_uuids)
        if server not in there
    ]
    if rows:
        connection.execute(insert(_MEMBERS), rows)


def remove_member(connection: Connection, instance_uuid: str) -> None:
    connection.execute(delete(_MEMBERS).where(_MEMBERS.c.instance_uuid == instance_uuid))


def _id(connection: Connection, uuid: str) -> int:
    row = connection.execute(_ID, {"wanted": uuid}).first()
    if row is None:
        raise ServerGroupNotFound(group_uuid=uuid)
    return int(row.id)


def _with_members(connection: Connection, rows: Sequence[Any]) -> list[ServerGroup]:
    found = {
        row.id: FIELDS.make(row, policy=row.policy, rules=row.rules or {}, members=[])
        for row in rows
    }
    if found:
        for number, server in connection.execute(_MEMBERS_OF, {"groups": list(found)}):
            found[number].members.append(server)
    return list(found.values())
