"""Taking operations up, moving them on and ending them, within the caller's transaction.

Rows are locked in one order, the instance before its operations, so that no two
transactions wait for each other.  An operation that lost its hold on the server
(see opening.begin) can end, but changes nothing of the server any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, case, or_, select, update

from nova.core.states import OperationState
from nova.db.cell import consoles, instance_rows, journal, parts
from nova.db.cell.journal import OPEN, Hold, instance_actions
from nova.db.patterns import ESCAPE, beginning
from nova.db.rows import cut
from nova.errors import NovaError
from nova.objects.server import Event, Instance, Operation, Outcome
from nova.objects.store.errors import InstanceNotFound, OperationLost, StateConflict

# Owners that are addresses: any process there may take the operation up.
TO_CONDUCTORS = "conductor:"

def forgotten() -> dict[str, Any]:
    """What was asked, and what a workflow remembers, may hold passwords and files of users:
    it does not outlive the operation."""
    return {"arguments": {}, "progress": {}}


_ACTIONS = instance_actions.c
_STANDING = select(_ACTIONS.instance_uuid, _ACTIONS.state, _ACTIONS.owner, _ACTIONS.hold).where(
    _ACTIONS.id == bindparam("wanted")
)
_CLAIM = (
    update(instance_actions)
    .where(
        _ACTIONS.id == bindparam("wanted"),
        _ACTIONS.state.in_(OPEN),
        or_(
            _ACTIONS.lease_expires_at.is_(None),
            _ACTIONS.lease_expires_at < bindparam("now"),
            _ACTIONS.owner == bindparam("new_owner"),
        ),
        _ACTIONS.hold != str(Hold.LOST),
    )
    .values(
        owner=bindparam("new_owner"),
        lease_expires_at=bindparam("lease"),
        updated_at=bindparam("stamp"),
        attempts=_ACTIONS.attempts + 1,
        state=case(
            (_ACTIONS.state == OperationState.ACCEPTED.value, OperationState.RUNNING.value),
            else_=_ACTIONS.state,
        ),
    )
)
# A lease does not outlive the deadline by more than itself: then the watchdog may act.
_RENEW = (
    update(instance_actions)
    .where(
        _ACTIONS.id.in_(bindparam("ids", expanding=True)),
        _ACTIONS.owner == bindparam("old_owner"),
        _ACTIONS.state.in_(OPEN),
        or_(_ACTIONS.deadline.is_(None), _ACTIONS.deadline > bindparam("now")),
    )
    .values(lease_expires_at=bindparam("lease"))
)
_FREE_EARLIER = (
    update(instance_actions)
    .where(
        _ACTIONS.owner.like(bindparam("prefix"), escape=ESCAPE),
        _ACTIONS.owner != bindparam("new_owner"),
        _ACTIONS.state.in_(OPEN),
    )
    .values(owner=None, lease_expires_at=None)
)
_FORSAKEN = (
    _ACTIONS.id == bindparam("wanted"),
    _ACTIONS.state.in_(OPEN),
    _ACTIONS.hold == str(Hold.LOST),
    or_(
        _ACTIONS.lease_expires_at.is_(None),
        _ACTIONS.lease_expires_at < bindparam("now"),
        _ACTIONS.owner == bindparam("new_owner"),
    ),
)
_MADE = select(_ACTIONS.progress).where(*_FORSAKEN)
_TAKE_BACK = (
    update(instance_actions)
    .where(*_FORSAKEN)
    .values(
        owner=bindparam("new_owner"),
        lease_expires_at=bindparam("lease"),
        updated_at=bindparam("stamp"),
        attempts=_ACTIONS.attempts + 1,
    )
)
_ABANDON = (
    update(instance_actions)
    .where(*_FORSAKEN)
    .values(
        state=OperationState.FAILED.value,
        finish_time=bindparam("stamp"),
        updated_at=bindparam("stamp"),
        message="Error",
        **forgotten(),
    )
)
_DISCARD = (
    update(instance_actions)
    .where(_ACTIONS.instance_uuid == bindparam("uuid"), _ACTIONS.state.in_(OPEN))
    .values(
        state=bindparam("failed"),
        finish_time=bindparam("stamp"),
        updated_at=bindparam("stamp"),
        **forgotten(),
    )
)


def taken(
    claimed: tuple[Operation, Instance] | None, operation_id: int, owner: str
) -> tuple[Operation, Instance]:
    """What `claim` answered; OperationLost when that was nothing."""
    if claimed is None:
        raise OperationLost(operation_id=operation_id, owner=owner)
    return claimed


def claim(
    connection: Connection,
    operation_id: int,
    owner: str,
    now: datetime,
    lease_expires_at: datetime,
    columns: Mapping[str, Any] | None = None,
) -> tuple[Operation, Instance] | None:
    """Take it; `columns` of the instance are set with it.

    None for one that nobody works on any more and whose server another operation
    took: it is ended with this, unless it made something (`made` in its progress) that has
    to be taken back: then it is `forsaken`, and can only be undone.
    """
    if columns:
        standing = _standing(connection, operation_id, owner)
        _check_hold(standing)
        instance_rows.change(connection, standing.instance_uuid, columns, now)
    given = {
        "wanted": operation_id, "new_owner": owner, "lease": lease_expires_at,
        "now": now, "stamp": now,
    }  # fmt: skip
    forsaken = False
    if connection.execute(_CLAIM, given).rowcount == 0:
        forsaken = _to_be_taken_back(connection, given)
        if not forsaken and connection.execute(_ABANDON, given).rowcount:
            return None
        if not forsaken:
            raise OperationLost(operation_id=operation_id, owner=owner)
    operation = journal.find(connection, operation_id)
    assert operation is not None
    operation.keep({"events": []})
    if forsaken:
        operation.progress = {**operation.progress, "forsaken": True}
    instance = instance_rows.read(connection, operation.instance_uuid, read_deleted=True)
    return operation, instance


def _to_be_taken_back(connection: Connection, given: Mapping[str, Any]) -> bool:
    progress = connection.execute(_MADE, given).scalar()
    if not (progress and progress.get("made")):
        return False
    return bool(connection.execute(_TAKE_BACK, given).rowcount)


def save(
    connection: Connection,
    operation: Operation,
    owner: str,
    values: Mapping[str, Any],
    columns: Mapping[str, Any] | None,
    events: Iterable[Event],
    now: datetime,
) -> None:
    """Set `values` of the operation and `columns` of its instance."""
    if columns:
        _change(connection, operation.instance_uuid, columns, now)
    if _set(connection, operation.id, owner, values, now, holding=bool(columns)) == 0:
        raise _why_not(connection, operation.id, owner)
    journal.record(connection, operation.id, events, now)


def show(
    connection: Connection, operation: Operation, owner: str, columns: Mapping[str, Any],
    after: Sequence[str | None], now: datetime,
) -> None:
    """Set `columns` of the instance, unless it is in none of the task states `after`."""
    expected = {"task_state": list(after)} if after else None
    _change(connection, operation.instance_uuid, columns, now, expected)
    if _set(connection, operation.id, owner, {}, now, holding=True) == 0:
        raise _why_not(connection, operation.id, owner)


def settle(
    connection: Connection, operation_id: int, owner: str, outcome: Outcome, now: datetime
) -> bool:
    """End it.  Nothing happens the second time.  False: another operation had taken the server,
    or it is gone."""
    standing = _standing(connection, operation_id, owner)
    if standing.state not in OPEN:
        return bool(standing.hold != Hold.LOST)
    kept = bool(standing.hold != Hold.LOST)
    if kept:
        cleared = {"task_state": None} if standing.hold == Hold.HELD else {}
        kept = _apply(connection, standing.instance_uuid, cleared, outcome, now)
    values = {
        "state": outcome.state, "finish_time": now, "message": cut(outcome.message, 255),
        "lease_expires_at": None, **forgotten(),
    }  # fmt: skip
    _end_part(connection, operation_id, owner, values, outcome, now)
    return kept


def hand_back(
    connection: Connection, operation: Operation, owner: str, outcome: Outcome, now: datetime
) -> None:
    """A host's part is over: keep what it did, and let a conductor go on."""
    standing = _standing(connection, operation.id, owner)
    if standing.hold != Hold.LOST:
        _apply(connection, standing.instance_uuid, {}, outcome, now)
    values = {
        "state": operation.state, "cursor": operation.cursor, "progress": operation.progress,
        "owner": TO_CONDUCTORS, "lease_expires_at": None,
    }  # fmt: skip
    _end_part(connection, operation.id, owner, values, outcome, now)


def renew(
    connection: Connection,
    owner: str,
    now: datetime,
    lease_expires_at: datetime,
    operation_ids: Iterable[int],
) -> None:
    ids = list(operation_ids)
    if ids:
        given = {"old_owner": owner, "now": now, "lease": lease_expires_at, "ids": ids}
        connection.execute(_RENEW, given)


def free_earlier(connection: Connection, prefix: str, owner: str) -> None:
    """What other owners with this prefix held is free."""
    connection.execute(_FREE_EARLIER, {"prefix": beginning(prefix), "new_owner": owner})


def discard(connection: Connection, uuid: str, now: datetime) -> None:
    """The server is deleted, what was open for it failed."""
    with suppress(InstanceNotFound):
        instance_rows.bury(connection, uuid, {}, now)
    given = {"uuid": uuid, "failed": OperationState.FAILED.value, "stamp": now}
    connection.execute(_DISCARD, given)


def _standing(connection: Connection, operation_id: int, owner: str) -> Any:
    """instance_uuid, state, owner and hold; OperationLost when it has ended otherwise, or is
    somebody else's."""
    row = connection.execute(_STANDING, {"wanted": operation_id}).first()
    if row is None or (row.owner != owner and (row.state not in OPEN)):
        raise OperationLost(operation_id=operation_id, owner=owner)
    return row


def _check_hold(standing: Any) -> None:
    if standing.hold == Hold.LOST:
        raise StateConflict(instance_uuid=standing.instance_uuid)


def _change(
    connection: Connection, uuid: str, columns: Mapping[str, Any], now: datetime,
    expected: Mapping[str, Any] | None = None,
) -> None:
    try:
        instance_rows.change(connection, uuid, columns, now, expected)
    except InstanceNotFound:
        raise StateConflict(instance_uuid=uuid) from None


def _apply(
    connection: Connection,
    uuid: str,
    cleared: Mapping[str, Any],
    outcome: Outcome,
    now: datetime,
) -> bool:
    """What the outcome says of the server; False: it is gone, nothing is left to say."""
    columns = {**cleared, **outcome.instance}
    try:
        if outcome.deleted:
            instance_rows.bury(connection, uuid, columns, now)
            consoles.drop_of_instance(connection, uuid)
        elif columns:
            instance_rows.change(connection, uuid, columns, now)
            if "host" in columns:
                consoles.drop_of_instance(connection, uuid)
        else:
            instance_rows.check(connection, uuid, {})
    except InstanceNotFound:
        return False
    if outcome.network_info is not None:
        parts.set_network_info(connection, uuid, outcome.network_info, now)
    if outcome.fault is not None:
        parts.add_fault(connection, outcome.fault, now)
    return True


def _end_part(
    connection: Connection,
    operation_id: int,
    owner: str,
    values: Mapping[str, Any],
    outcome: Outcome,
    now: datetime,
) -> None:
    if _set(connection, operation_id, owner, values, now) == 0:
        raise OperationLost(operation_id=operation_id, owner=owner)
    journal.record(connection, operation_id, outcome.events, now)


def _set(
    connection: Connection,
    operation_id: int,
    owner: str,
    values: Mapping[str, Any],
    now: datetime,
    *,
    holding: bool = False,
) -> int:
    """Set columns of an operation that is open and `owner`'s; answers how many rows."""
    columns = {**values, "updated_at": now}
    if "progress" in columns:
        columns["target"] = columns["progress"].get("target")
    given = {f"new_{name}": value for name, value in columns.items()}
    query = _mine(tuple(sorted(columns)), holding)
    done = connection.execute(query, {**given, "wanted": operation_id, "old_owner": owner})
    return done.rowcount


@lru_cache(maxsize=64)
def _mine(columns: tuple[str, ...], holding: bool) -> Update:
    query = update(instance_actions).where(
        _ACTIONS.id == bindparam("wanted"),
        _ACTIONS.owner == bindparam("old_owner"),
        _ACTIONS.state.in_(OPEN),
    )
    if holding:
        query = query.where(_ACTIONS.hold != str(Hold.LOST))
    return query.values({name: bindparam(f"new_{name}") for name in columns})


def _why_not(connection: Connection, operation_id: int, owner: str) -> NovaError:
    row = connection.execute(_STANDING, {"wanted": operation_id}).first()
    if row is not None and row.owner == owner and row.state in OPEN:
        return StateConflict(instance_uuid=row.instance_uuid)
    return OperationLost(operation_id=operation_id, owner=owner)
