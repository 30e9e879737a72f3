"""The journal: every method is one transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from nova.core.states import Transition
from nova.db.cell import journal, opening, owning, waiting
from nova.db.cell.journal import FIELDS, instance_actions
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.objects.server import BlockDevice, Event, Fault, Instance, Operation, Outcome
from nova.objects.store.errors import ActionNotFound, MarkerNotFound
from nova.objects.store.page import WHOLE, Page

_ACTIONS = instance_actions.c
_OF_INSTANCE = select(*FIELDS.columns).where(_ACTIONS.instance_uuid == bindparam("uuid"))
_NEWEST_FIRST = _OF_INSTANCE.order_by(_ACTIONS.id.desc())
_BY_REQUEST = _NEWEST_FIRST.where(_ACTIONS.request_id == bindparam("request")).limit(1)


class Operations:
    """`objects.store.cell.Operations` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        operation: Operation,
        moves: Transition,
        changes: Mapping[str, Any] | None = None,
        *,
        finished: bool = False,
    ) -> Operation:
        now = self._database.clock.now()
        return self._database.write(
            lambda connection: opening.begin(
                connection, operation, moves, changes or {}, now, finished=finished
            )
        )

    def create(
        self, instance: Instance, operation: Operation, block_devices: Iterable[BlockDevice] = ()
    ) -> tuple[Instance, Operation]:
        devices = list(block_devices)
        now = self._database.clock.now()
        try:
            return self._database.write(
                lambda connection: opening.create(connection, instance, operation, devices, now)
            )
        except Duplicate:
            return self._database.read(
                lambda connection: opening.created(connection, instance.uuid)
            )

    def bury(self, instance: Instance, operation: Operation, fault: Fault) -> None:
        now = self._database.clock.now()
        try:
            self._database.write(
                lambda connection: opening.bury(connection, instance, operation, fault, now)
            )
        except Duplicate:
            # It lies there already; a reader of it would find nothing else.
            self._database.read(lambda connection: opening.created(connection, instance.uuid))

    def discard(self, instance_uuid: str) -> None:
        now = self._database.clock.now()
        self._database.write(lambda connection: owning.discard(connection, instance_uuid, now))

    def get(self, operation_id: int) -> Operation:
        def work(connection: Connection) -> Operation:
            found = journal.find(connection, operation_id)
            if found is None:
                raise ActionNotFound(request_id=operation_id)
            return journal.with_events(connection, found)

        return self._database.read(work)

    def of_instance(
        self,
        instance_uuid: str,
        page: Page = WHOLE,
        *,
        changes_since: datetime | None = None,
        changes_before: datetime | None = None,
    ) -> list[Operation]:
        query = _NEWEST_FIRST.limit(page.limit)
        if changes_since is not None:
            query = query.where(_ACTIONS.updated_at >= changes_since)
        if changes_before is not None:
            query = query.where(_ACTIONS.updated_at <= changes_before)

        def work(connection: Connection) -> list[Operation]:
            limited = query
            if page.marker is not None:
                last = _of_request(connection, instance_uuid, page.marker)
                if last is None:
                    raise MarkerNotFound(marker=page.marker)
                limited = query.where(_ACTIONS.id < last.id)
            rows = connection.execute(limited, {"uuid": instance_uuid})
            return [journal.operation(row) for row in rows]

        return self._database.read(work)

    def by_request(self, instance_uuid: str, request_id: str) -> Operation:
        def work(connection: Connection) -> Operation:
            found = _of_request(connection, instance_uuid, request_id)
            if found is None:
                raise ActionNotFound(request_id=request_id)
            return journal.with_events(connection, found)

        return self._database.read(work)

    def claim(
        self, operation_id: int, owner: str, now: datetime, lease_expires_at: datetime
    ) -> tuple[Operation, Instance]:
        claimed = self._database.write(
            lambda connection: owning.claim(connection, operation_id, owner, now, lease_expires_at)
        )
        return owning.taken(claimed, operation_id, owner)

    def save(
        self,
        operation: Operation,
        owner: str,
        *,
        cursor: int | None = None,
        progress: Mapping[str, Any] | None = None,
        state: str | None = None,
        new_owner: str | None = None,
        instance: Mapping[str, Any] | None = None,
        events: Iterable[Event] = (),
    ) -> None:
        now = self._database.clock.now()
        asked: dict[str, Any] = {"cursor": cursor, "progress": progress, "state": state}
        values = {name: value for name, value in asked.items() if value is not None}
        if new_owner is not None:
            values |= {"owner": new_owner or None, "lease_expires_at": None}
        given = list(events)
        self._database.write(
            lambda connection: owning.save(
                connection, operation, owner, values, instance, given, now
            )
        )

    def settle(self, operation_id: int, owner: str, outcome: Outcome) -> bool:
        now = self._database.clock.now()
        return self._database.write(
            lambda connection: owning.settle(connection, operation_id, owner, outcome, now)
        )

    def renew(self, owner: str, lease_expires_at: datetime, operation_ids: Iterable[int]) -> None:
        now = self._database.clock.now()
        self._database.write(
            lambda connection: owning.renew(connection, owner, now, lease_expires_at, operation_ids)
        )

    def stranded(self, now: datetime, unclaimed_before: datetime, limit: int) -> list[Operation]:
        return self._database.read(
            lambda connection: waiting.stranded(connection, now, unclaimed_before, limit)
        )

    def open_of_host(self, host: str) -> list[Operation]:
        return self._database.read(lambda connection: waiting.open_of_host(connection, host))


def _of_request(connection: Connection, instance_uuid: str, request_id: str) -> Operation | None:
    row = connection.execute(_BY_REQUEST, {"uuid": instance_uuid, "request": request_id}).first()
    return None if row is None else journal.operation(row)
