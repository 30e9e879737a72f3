"""The tables of the journal, and their rows as operations.

An operation is a row of instance_actions; the columns from `kind` on are this
project's own, and NULL in rows that an older release wrote.  `target` repeats
the host that `progress` names, to be found by.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from nova.core.states import OPEN_OPERATION, OperationState
from nova.db.cell.schema import METADATA
from nova.db.columns import (
    NAME,
    UUID,
    ExactMoment,
    LongJson,
    Moment,
    key,
    soft_delete,
    timestamps,
)
from nova.db.rows import Fields, cut
from nova.objects.server import Event, Operation

instance_actions = Table(
    "instance_actions",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("action", NAME),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("request_id", NAME),
    Column("user_id", NAME),
    Column("project_id", NAME),
    Column("start_time", Moment),
    Column("finish_time", Moment),
    Column("message", NAME),
    Column("kind", NAME),
    Column("version", String(16)),
    Column("state", String(16)),
    Column("hold", String(16)),
    Column("cursor", Integer),
    Column("target", NAME),
    Column("owner", NAME),
    Column("lease_expires_at", ExactMoment),
    Column("deadline", ExactMoment),
    Column("attempts", Integer),
    Column("arguments", LongJson),
    Column("progress", LongJson),
    Index("instance_actions_instance_uuid_updated_at_idx", "instance_uuid", "updated_at"),
    Index("instance_uuid_idx", "instance_uuid"),
    Index("request_id_idx", "request_id"),
    Index("instance_actions_state_idx", "state"),
    Index("instance_actions_owner_state_idx", "owner", "state"),
    Index("instance_actions_target_state_idx", "target", "state"),
)

instance_actions_events = Table(
    "instance_actions_events",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("event", NAME),
    Column("action_id", Integer, ForeignKey("instance_actions.id")),
    Column("start_time", Moment),
    Column("finish_time", Moment),
    Column("result", NAME),
    Column("traceback", Text),
    Column("host", NAME),
    Column("details", Text),
    Index("instance_actions_events_action_id_idx", "action_id"),
)


class Hold(StrEnum):
    """Whether an operation holds the transient state of its server."""

    NONE = "none"
    """It never took it: what it may change does not depend on it."""
    HELD = "held"
    LOST = "lost"
    """Another operation took it over (a delete): this one may only end."""


OPEN = [str(state) for state in OPEN_OPERATION]
FIELDS = Fields(Operation, instance_actions)
EVENT_FIELDS = Fields(Event, instance_actions_events)
_TEXT = 65_535 // 4
_ENDING = ("finish_time", "result", "traceback", "host", "details")
_EVENTS = instance_actions_events
_BY_ID = select(*FIELDS.columns).where(instance_actions.c.id == bindparam("wanted"))
_EVENTS_OF = (
    select(*EVENT_FIELDS.columns)
    .where(_EVENTS.c.action_id == bindparam("wanted"))
    .order_by(_EVENTS.c.id)
)
_UNFINISHED = select(_EVENTS.c.id, _EVENTS.c.event).where(
    _EVENTS.c.action_id == bindparam("wanted"), _EVENTS.c.finish_time.is_(None)
)
_FINISH = (
    update(_EVENTS)
    .where(_EVENTS.c.id == bindparam("wanted"))
    .values({name: bindparam(f"new_{name}") for name in _ENDING})
)


def operation(row: Sequence[Any]) -> Operation:
    """A row without its events; one of an older release reads as done."""
    values = FIELDS.values(row)
    values["state"] = values["state"] or OperationState.DONE
    values["kind"] = values["kind"] or values["action"]
    for name, nothing in (("version", ""), ("cursor", 0), ("attempts", 0)):
        values[name] = values[name] or nothing
    for name in ("arguments", "progress"):
        values[name] = values[name] or {}
    return Operation.hydrate(values)


def find(connection: Connection, operation_id: int) -> Operation | None:
    row = connection.execute(_BY_ID, {"wanted": operation_id}).first()
    return None if row is None else operation(row)


def with_events(connection: Connection, found: Operation) -> Operation:
    rows = connection.execute(_EVENTS_OF, {"wanted": found.id})
    found.keep({"events": [EVENT_FIELDS.make(row) for row in rows]})
    return found


def create(connection: Connection, given: Operation, now: datetime, hold: Hold) -> Operation:
    """Keep the operation and its events; answers it with its id."""
    values = FIELDS.of(given, created_at=now, updated_at=now, hold=hold)
    values["start_time"] = values["start_time"] or now
    values["message"] = cut(values["message"], 255)
    values["target"] = (values["progress"] or {}).get("target")
    for name, nothing in (("cursor", 0), ("attempts", 0), ("arguments", {}), ("progress", {})):
        values[name] = values[name] or nothing
    made = connection.execute(insert(instance_actions), values).inserted_primary_key
    assert made is not None
    events = given.events if given.known("events") else []
    record(connection, int(made[0]), events, now)
    values = {name: values[name] for name in FIELDS.names if name != "id"}
    return Operation.hydrate({**values, "id": int(made[0]), "events": list(events)})


def record(
    connection: Connection, operation_id: int, events: Iterable[Event], now: datetime
) -> None:
    """Add `events`; one that ends closes the unfinished row of its name."""
    given = list(events)
    running: dict[str, int] = {}
    if any(event.finish_time for event in given):
        rows = connection.execute(_UNFINISHED, {"wanted": operation_id})
        running = {name: event_id for event_id, name in rows}
    fresh = []
    for event in given:
        values = _event_values(event)
        row = running.pop(event.event, None) if event.finish_time else None
        if row is None:
            fresh.append({**values, "action_id": operation_id, "created_at": now})
        else:
            ending = {f"new_{name}": values[name] for name in _ENDING}
            connection.execute(_FINISH, {"wanted": row, **ending})
    if fresh:
        connection.execute(insert(_EVENTS), fresh)


def _event_values(event: Event) -> dict[str, Any]:
    values = EVENT_FIELDS.of(event)
    return values | {name: cut(values[name], _TEXT) for name in ("traceback", "details")}
