"""Data of older releases in the API database that is brought up to date bit by bit."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from nova.db.api import quotas
from nova.db.api.cells import cell_mappings
from nova.db.api.mappings import instance_mappings
from nova.db.cell import legacy
from nova.db.cell.instance_rows import instances
from nova.db.engine import Database

Progress = tuple[int, int]
# Of a server whose record is gone.
NOBODY = "00000000-0000-0000-0000-000000000000"


def owners(api: Database, cell: Database, cell_uuid: str, limit: int) -> Progress:
    """Mappings of the cell's servers get the user."""
    return _from_instances(api, cell, cell_uuid, limit, "user_id", _user)


def queued(api: Database, cell: Database, cell_uuid: str, limit: int) -> Progress:
    """Mappings of the cell's servers say whether the server is deleted."""
    return _from_instances(api, cell, cell_uuid, limit, "queued_for_delete", _is_gone)


def _user(row: Any) -> str:
    return NOBODY if row is None else row.user_id


def _is_gone(row: Any) -> bool:
    return row is None or bool(row.deleted)


def _from_instances(
    api: Database, cell: Database, cell_uuid: str, limit: int, name: str,
    value: Callable[[Any], Any],
) -> Progress:  # fmt: skip
    column = instance_mappings.c[name]
    query = (
        select(instance_mappings.c.instance_uuid)
        .join(cell_mappings, cell_mappings.c.id == instance_mappings.c.cell_id)
        .where(column.is_(None), cell_mappings.c.uuid == cell_uuid)
        .limit(limit)
    )
    uuids = api.read(lambda connection: connection.execute(query).scalars().all())
    rows = _instances(cell, uuids)

    def work(connection: Connection) -> Progress:
        for each in uuids:
            row = update(instance_mappings).where(instance_mappings.c.instance_uuid == each)
            connection.execute(row.values({name: value(rows.get(each))}))
        return len(uuids), len(uuids)

    return api.write(work) if uuids else (0, 0)


def _instances(cell: Database, uuids: Sequence[str]) -> dict[str, Any]:
    query = select(instances.c.uuid, instances.c.user_id, instances.c.deleted).where(
        instances.c.uuid.in_(uuids)
    )
    rows = cell.read(lambda connection: connection.execute(query).all()) if uuids else []
    return {row.uuid: row for row in rows}


def limits(api: Database, cell: Database, limit: int) -> Progress:
    """Limits of projects and of users, as the main database still has them."""
    done = _moved(api, cell, legacy.quotas, quotas.quotas, ("project_id", "resource"), limit)
    user = ("project_id", "user_id", "resource")
    more = _moved(
        api, cell, legacy.project_user_quotas, quotas.project_user_quotas, user, limit - done
    )
    return done + more, done + more


def class_limits(api: Database, cell: Database, limit: int) -> Progress:
    done = _moved(
        api, cell, legacy.quota_classes, quotas.quota_classes, ("class_name", "resource"), limit
    )
    return done, done


def _moved(
    api: Database, cell: Database, old: Table, new: Table, key: Sequence[str], limit: int
) -> int:
    """Written there before they go here; what is there already is left as it is."""
    names = (*key, "hard_limit")
    query = select(old.c.id, *(old.c[name] for name in names)).where(old.c.deleted == 0)
    rows = cell.read(lambda connection: connection.execute(query.limit(limit)).all())

    def write(connection: Connection) -> None:
        for row in rows:
            values = {name: getattr(row, name) for name in names}
            same = [new.c[name] == values[name] for name in key]
            if connection.execute(select(new.c.id).where(*same)).first() is None:
                connection.execute(insert(new).values(values))

    if limit <= 0 or not rows:
        return 0
    api.write(write)
    gone = old.delete().where(old.c.id.in_([row.id for row in rows]))
    cell.write(lambda connection: connection.execute(gone))
    return len(rows)
