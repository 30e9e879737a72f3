"""Servers: reading, listing and changing their records."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from nova.core.states import TaskState, VmState
from nova.db import paging
from nova.db.cell import instance_filter, instance_order, instance_rows, parts
from nova.db.cell.instance_rows import FIELDS, instances
from nova.db.engine import Database
from nova.db.rows import Fields
from nova.objects.server import Instance
from nova.objects.store.cell import InstanceFilter, Usage
from nova.objects.store.errors import MarkerNotFound
from nova.objects.store.page import Page

# What orders servers that the asked keys do not: the same in every cell.
TIES = ("created_at", "id", "uuid")

_COUNTED = (
    select(
        func.count(instances.c.id),
        func.coalesce(func.sum(instances.c.vcpus), 0),
        func.coalesce(func.sum(instances.c.memory_mb), 0),
    )
    .where(instances.c.project_id == bindparam("project"), instances.c.deleted == 0)
    .where(instance_filter.visible())
    .where(or_(instances.c.vm_state.is_(None), instances.c.vm_state != VmState.SOFT_DELETED))
    .where(or_(instances.c.task_state.is_(None), instances.c.task_state != TaskState.DELETING))
    .where(instances.c.uuid.not_in(bindparam("without", expanding=True)))
)
_COUNTED_OF_USER = _COUNTED.where(instances.c.user_id == bindparam("user"))
_BY_HOST = (
    select(instances.c.host, func.count(instances.c.id))
    .where(instances.c.deleted == 0, instances.c.host.is_not(None))
    .group_by(instances.c.host)
)
_BY_SOME_HOSTS = _BY_HOST.where(instances.c.host.in_(bindparam("hosts", expanding=True)))


class Instances:
    """`objects.store.cell.Instances` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, uuid: str, *, read_deleted: bool = False) -> Instance:
        return self._database.read(
            lambda connection: instance_rows.read(connection, uuid, read_deleted=read_deleted)
        )

    def find(self, wanted: InstanceFilter, page: Page, *, detail: bool = True) -> list[Instance]:
        def work(connection: Connection) -> list[Instance]:
            rows = self._rows(connection, wanted, page, fields)
            found = [instance_rows.bare(row, fields) for row in rows]
            return instance_rows.with_parts(connection, found) if detail and found else found

        if page.limit == 0:
            return []
        fields = FIELDS if detail else instance_rows.brief(page.keys)
        return self._database.read(work)

    def update(
        self, uuid: str, changes: Mapping[str, Any], expected: Mapping[str, Any] | None = None
    ) -> Instance:
        now = self._database.clock.now()

        def work(connection: Connection) -> Instance:
            instance_rows.change(connection, uuid, changes, now, expected)
            return instance_rows.read(connection, uuid)

        return self._database.write(work)

    def set_metadata(
        self, uuid: str, metadata: Mapping[str, str], *, replace: bool
    ) -> dict[str, str]:
        now = self._database.clock.now()

        def work(connection: Connection) -> dict[str, str]:
            instance_rows.change(connection, uuid, {}, now)
            return parts.merge_metadata(connection, uuid, metadata, replace=replace, now=now)

        return self._database.write(work)

    def delete_metadata(self, uuid: str, key: str) -> None:
        now = self._database.clock.now()

        def work(connection: Connection) -> None:
            instance_rows.change(connection, uuid, {}, now)
            parts.delete_metadata(connection, uuid, key)

        self._database.write(work)

    def set_tags(self, uuid: str, tags: Iterable[str]) -> list[str]:
        wanted = list(dict.fromkeys(tags))
        now = self._database.clock.now()

        def work(connection: Connection) -> list[str]:
            instance_rows.change(connection, uuid, {}, now)
            parts.delete_tags(connection, uuid)
            parts.add_tags(connection, uuid, wanted)
            return wanted

        return self._database.write(work)

    def add_tag(self, uuid: str, tag: str, limit: int) -> bool:
        now = self._database.clock.now()

        def work(connection: Connection) -> bool:
            instance_rows.change(connection, uuid, {}, now)
            there = parts.tags_of(connection, uuid)
            if tag in there:
                return False
            if len(there) >= limit:
                raise ValueError(f"{limit} tags are there already")
            parts.add_tags(connection, uuid, [tag])
            return True

        return self._database.write(work)

    def delete_tag(self, uuid: str, tag: str) -> bool:
        now = self._database.clock.now()

        def work(connection: Connection) -> bool:
            instance_rows.change(connection, uuid, {}, now)
            return parts.delete_tags(connection, uuid, tag)

        return self._database.write(work)

    def set_network_info(self, uuid: str, network_info: Sequence[Mapping[str, Any]]) -> None:
        now = self._database.clock.now()
        self._database.write(
            lambda connection: parts.set_network_info(connection, uuid, network_info, now)
        )

    def usage(
        self, project_id: str, user_id: str | None = None, without: Iterable[str] = ()
    ) -> Usage:
        query = _COUNTED if user_id is None else _COUNTED_OF_USER
        given: dict[str, Any] = {"project": project_id, "without": list(without)}
        given |= {} if user_id is None else {"user": user_id}
        count, vcpus, memory_mb = self._database.read(
            lambda connection: connection.execute(query, given).one()
        )
        return Usage(int(count), int(vcpus), int(memory_mb))

    def counts_by_host(self, hosts: Iterable[str] | None = None) -> dict[str, int]:
        query = _BY_HOST if hosts is None else _BY_SOME_HOSTS
        given = {} if hosts is None else {"hosts": list(hosts)}
        rows = self._database.read(lambda connection: connection.execute(query, given).all())
        return dict(rows)

    def _rows(
        self, connection: Connection, wanted: InstanceFilter, page: Page, fields: Fields[Instance]
    ) -> Sequence[Any]:
        order = paging.order_of(page, TIES)
        query = instance_filter.narrowed(select(*fields.columns), wanted)
        query = instance_order.along_index(query, wanted, order)
        if wanted.ip or wanted.ip6:
            uuids = instance_filter.with_address(connection, wanted)
            query = query.where(instances.c.uuid.in_(uuids))
        place = self._place(connection, page, order)
        if place is not None:
            query = query.where(paging.after(instances, order, place))
        query = paging.ordered(query, instances, order, self._database.dialect)
        return connection.execute(query.limit(page.limit)).all()

    def _place(
        self, connection: Connection, page: Page, order: paging.Order
    ) -> Mapping[str, Any] | None:
        """The values of the keys to go on after."""
        if page.after is not None or page.marker is None:
            return page.after
        columns = [instances.c[key] for key, _ in order]
        row = connection.execute(select(*columns).where(instances.c.uuid == page.marker)).first()
        if row is None:
            raise MarkerNotFound(marker=page.marker)
        return {key: value for (key, _), value in zip(order, row, strict=True)}
