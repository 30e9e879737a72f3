"""Finding operations that wait for somebody."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from nova.db.cell import journal
from nova.db.cell.instance_rows import instances
from nova.db.cell.journal import FIELDS, OPEN, instance_actions
from nova.db.cell.owning import TO_CONDUCTORS
from nova.db.patterns import ESCAPE, beginning
from nova.objects.server import Operation

_ACTIONS = instance_actions.c
_UNCLAIMED = and_(
    _ACTIONS.lease_expires_at.is_(None), _ACTIONS.updated_at < bindparam("unclaimed_before")
)
_STRANDED = (
    select(*FIELDS.columns)
    .where(
        _ACTIONS.state.in_(OPEN),
        or_(
            _UNCLAIMED,
            _ACTIONS.lease_expires_at < bindparam("now"),
            _ACTIONS.deadline < bindparam("now"),
        ),
    )
    .order_by(_ACTIONS.id)
    .limit(bindparam("limit"))
)
_FOR_ANYBODY = _ACTIONS.owner.is_(None)
_OF_HOST = (
    select(*FIELDS.columns)
    .select_from(instance_actions.outerjoin(instances, instances.c.uuid == _ACTIONS.instance_uuid))
    .where(
        _ACTIONS.state.in_(OPEN),
        or_(
            _ACTIONS.owner.like(bindparam("prefix"), escape=ESCAPE),
            and_(
                _FOR_ANYBODY, func.coalesce(_ACTIONS.target, instances.c.host) == bindparam("host")
            ),
        ),
    )
    .order_by(_ACTIONS.id)
)
_FOR_HOST = (
    select(_ACTIONS.id, _ACTIONS.instance_uuid)
    .where(_ACTIONS.state.in_(OPEN), _ACTIONS.target == bindparam("host"), _UNCLAIMED)
    .where(or_(_FOR_ANYBODY, _ACTIONS.owner != TO_CONDUCTORS))
    .order_by(_ACTIONS.id)
)


def prefix_of(host: str) -> str:
    """How the owners begin that are processes of nova-compute on this host."""
    return f"compute:{host}:"


def stranded(
    connection: Connection, now: datetime, unclaimed_before: datetime, limit: int
) -> list[Operation]:
    given = {"now": now, "unclaimed_before": unclaimed_before, "limit": limit}
    return [journal.operation(row) for row in connection.execute(_STRANDED, given)]


def open_of_host(connection: Connection, host: str) -> list[Operation]:
    """Owned by a nova-compute of this host, or free and waiting for it."""
    given = {"host": host, "prefix": beginning(prefix_of(host))}
    return [journal.operation(row) for row in connection.execute(_OF_HOST, given)]


def for_host(
    connection: Connection, host: str, unclaimed_before: datetime
) -> list[tuple[int, str]]:
    """(operation id, instance uuid) of those that wait for the host, unclaimed for a while."""
    given = {"host": host, "unclaimed_before": unclaimed_before}
    return [(number, uuid) for number, uuid in connection.execute(_FOR_HOST, given)]
