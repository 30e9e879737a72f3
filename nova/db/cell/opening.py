"""The beginnings of operations, each within the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from nova.core.states import ANY, OperationState, Transition, VmState
from nova.db.cell import block_devices, instance_rows, journal, parts
from nova.db.cell.journal import FIELDS, OPEN, Hold, instance_actions
from nova.db.cell.owning import forgotten
from nova.objects.server import BlockDevice, Fault, Instance, Operation
from nova.objects.store.errors import InstanceNotFound

_ACTIONS = instance_actions.c
_FIRST = (
    select(*FIELDS.columns)
    .where(_ACTIONS.instance_uuid == bindparam("uuid"))
    .order_by(_ACTIONS.id)
    .limit(1)
)
_SUPERSEDE = (
    update(instance_actions)
    .where(
        _ACTIONS.instance_uuid == bindparam("uuid"),
        _ACTIONS.hold == str(Hold.HELD),
        _ACTIONS.state.in_(OPEN),
    )
    .values(hold=str(Hold.LOST))
)


def begin(
    connection: Connection,
    operation: Operation,
    moves: Transition,
    changes: Mapping[str, Any],
    now: datetime,
    *,
    finished: bool,
) -> Operation:
    """Take the state, then open the operation.

    Who takes the state from under another operation (a delete, a second reboot, an
    administrator who resets it) takes its hold on the server, too: that one can end, and
    change nothing.
    """
    uuid = operation.instance_uuid
    takes = moves.via is not None and not finished
    columns = {**changes, "task_state": str(moves.via)} if takes else dict(changes)
    expected = _expected(moves)
    if columns:
        instance_rows.change(connection, uuid, columns, now, expected)
    else:
        instance_rows.check(connection, uuid, expected)
    if "task_state" in columns and _may_interrupt(moves):
        connection.execute(_SUPERSEDE, {"uuid": uuid})
    opened = _ended(operation, OperationState.DONE, now) if finished else _fresh(operation)
    return journal.create(connection, opened, now, Hold.HELD if takes else Hold.NONE)


def create(
    connection: Connection,
    instance: Instance,
    operation: Operation,
    devices: Sequence[BlockDevice],
    now: datetime,
) -> tuple[Instance, Operation]:
    """The instance with all it has, and its first operation."""
    given = devices or (instance.block_devices if instance.known("block_devices") else ())
    instance_id = instance_rows.create(connection, instance, now)
    parts.create(connection, instance, now)
    block_devices.create(connection, instance.uuid, given, now)
    opened = journal.create(connection, operation, now, Hold.HELD)
    return instance_rows.kept(instance, instance_id, given, now), opened


def created(connection: Connection, uuid: str) -> tuple[Instance, Operation]:
    """What an earlier `create` left."""
    instance = instance_rows.read(connection, uuid, read_deleted=True)
    row = connection.execute(_FIRST, {"uuid": uuid}).first()
    if row is None:
        raise InstanceNotFound(instance_id=uuid)
    return instance, journal.with_events(connection, journal.operation(row))


def bury(
    connection: Connection, instance: Instance, operation: Operation, fault: Fault, now: datetime
) -> None:
    """The instance in ERROR, its operation failed, the reason beside it."""
    error = {"vm_state": VmState.ERROR.value, "task_state": None}
    failed = _ended(operation, OperationState.FAILED, now)
    create(connection, Instance.hydrate({**instance.as_dict(), **error}), failed, (), now)
    parts.add_fault(connection, fault, now)


def _may_interrupt(moves: Transition) -> bool:
    return moves.tasks is None or any(task is not None for task in moves.tasks)


def _expected(moves: Transition) -> dict[str, list[str | None]]:
    expected: dict[str, list[str | None]] = {}
    if moves.frm != ANY:
        expected["vm_state"] = [*sorted(str(state) for state in moves.frm)]
    if moves.tasks is not None:
        tasks = sorted(str(task) for task in moves.tasks if task is not None)
        expected["task_state"] = [*tasks, *([None] if None in moves.tasks else [])]
    return expected


def _fresh(operation: Operation) -> Operation:
    values = operation.as_dict()
    return Operation.hydrate({**values, "state": values.get("state") or OperationState.ACCEPTED})


def _ended(operation: Operation, state: OperationState, now: datetime) -> Operation:
    values = operation.as_dict()
    finish = values.get("finish_time") or now
    ended = {"state": state.value, "finish_time": finish, **forgotten()}
    return Operation.hydrate({**values, **ended})
