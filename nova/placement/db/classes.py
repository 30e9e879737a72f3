"""Resource classes: the names."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement import errors
from nova.placement.db import stamp
from nova.placement.db.schema import ALLOCATIONS, CLASSES, INVENTORIES

CUSTOM = "CUSTOM_"
_FIRST_CUSTOM = 10_000
_ATTEMPTS = 100


def find(connection: sa.Connection) -> list[tuple[str, datetime | None]]:
    """All names with the time of their last change, standard ones first."""
    query = sa.select(CLASSES.c.name, stamp.last_change(CLASSES)).order_by(CLASSES.c.id)
    return [(row[0], row[1]) for row in connection.execute(query)]


def get(connection: sa.Connection, name: str) -> tuple[int, datetime | None]:
    """Id and last change.  Raises `errors.Missing`."""
    query = sa.select(CLASSES.c.id, stamp.last_change(CLASSES)).where(CLASSES.c.name == name)
    row = connection.execute(query).first()
    if row is None:
        raise missing(name)
    return row[0], row[1]


def missing(name: str) -> errors.Missing:
    return errors.Missing(message=f"No such resource class {name}.")


def add(connection: sa.Connection, name: str, now: datetime) -> bool:
    """False when it was there already."""
    if name in {present for present, _ in find(connection)}:
        return False
    for _ in range(_ATTEMPTS):
        number = max(
            _FIRST_CUSTOM, (connection.scalar(sa.select(sa.func.max(CLASSES.c.id))) or 0) + 1
        )
        row = {"id": number, "name": name, "created_at": now, "updated_at": now}
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(CLASSES), row)
            return True
        except exc.IntegrityError:
            if name in {present for present, _ in find(connection)}:
                return False
    raise errors.ConcurrentUpdate(message=f"Too many classes are created at once: {name}")


def rename(connection: sa.Connection, name: str, new: str, now: datetime) -> None:
    """Raises `errors.Missing`, `errors.BadRequest` (standard) or `errors.Clash` (name taken)."""
    number, seen = get(connection, name)
    _refuse_standard(name, "update")
    values = {"name": new, "updated_at": stamp.after(now, seen)}
    try:
        connection.execute(sa.update(CLASSES).where(CLASSES.c.id == number).values(values))
    except exc.IntegrityError as error:
        raise errors.Clash(message=f"Resource class already exists: {new}") from error


def delete(connection: sa.Connection, name: str) -> None:
    """Raises `errors.Missing`, `errors.BadRequest` (standard) or `errors.Clash` (in use)."""
    number, _ = get(connection, name)
    _refuse_standard(name, "delete")
    for table in (INVENTORIES, ALLOCATIONS):
        used = sa.select(table.c.id).where(table.c.resource_class_id == number).limit(1)
        if connection.execute(used).first() is not None:
            raise errors.Clash(message=f"Cannot delete resource class {name}: in use in inventory.")
    connection.execute(sa.delete(CLASSES).where(CLASSES.c.id == number))


def _refuse_standard(name: str, verb: str) -> None:
    if not name.startswith(CUSTOM):
        raise errors.BadRequest(message=f"Cannot {verb} standard resource class {name}.")
