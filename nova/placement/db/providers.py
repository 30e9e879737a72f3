"""Resource providers and the trees they form."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement import errors
from nova.placement.db import stamp
from nova.placement.db.schema import (
    ALLOCATIONS,
    INVENTORIES,
    PROVIDER_AGGREGATES,
    PROVIDER_TRAITS,
    PROVIDERS,
)

_PARENT = PROVIDERS.alias("parent")
_ROOT = PROVIDERS.alias("root")
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Provider:
    id: int
    uuid: str
    name: str
    generation: int
    parent: str | None
    root: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """A provider row this transaction holds."""

    id: int
    uuid: str
    generation: int
    parent_id: int | None
    root_id: int
    changed_at: datetime | None


_SELECT = (
    sa.select(
        PROVIDERS.c.id,
        PROVIDERS.c.uuid,
        PROVIDERS.c.name,
        PROVIDERS.c.generation,
        _PARENT.c.uuid.label("parent"),
        sa.func.coalesce(_ROOT.c.uuid, PROVIDERS.c.uuid).label("root"),
        stamp.last_change(PROVIDERS),
    )
    .select_from(PROVIDERS)
    .outerjoin(_PARENT, _PARENT.c.id == PROVIDERS.c.parent_provider_id)
    .outerjoin(_ROOT, _ROOT.c.id == PROVIDERS.c.root_provider_id)
)

_LOCK = (
    sa.select(
        PROVIDERS.c.id,
        PROVIDERS.c.uuid,
        PROVIDERS.c.generation,
        PROVIDERS.c.parent_provider_id,
        PROVIDERS.c.root_provider_id,
        stamp.last_change(PROVIDERS),
    )
    .order_by(PROVIDERS.c.id)
    .with_for_update()
)
_LOCK_BY_UUID = _LOCK.where(PROVIDERS.c.uuid.in_(sa.bindparam("uuids", expanding=True)))


_THESE = sa.update(PROVIDERS).where(PROVIDERS.c.id.in_(sa.bindparam("ids", expanding=True)))
_NOW = sa.bindparam("now", type_=sa.DateTime)
_BUMP = _THESE.values(generation=PROVIDERS.c.generation + 1, updated_at=_NOW)
_TOUCH = _THESE.values(updated_at=_NOW)


def missing(uuid: str) -> errors.Missing:
    return errors.Missing(message=f"No resource provider with uuid {uuid} found")


def get(connection: sa.Connection, uuid: str) -> Provider:
    """Raises `errors.Missing`."""
    row = connection.execute(_SELECT.where(PROVIDERS.c.uuid == uuid)).first()
    if row is None:
        raise missing(uuid)
    return Provider(*row)


def find(
    connection: sa.Connection,
    *,
    name: str | None = None,
    uuid: str | None = None,
    ids: Collection[int] | None = None,
) -> list[Provider]:
    """Providers matching all that is given, oldest first."""
    query = _SELECT.order_by(PROVIDERS.c.id)
    if name is not None:
        query = query.where(PROVIDERS.c.name == name)
    if uuid is not None:
        query = query.where(PROVIDERS.c.uuid == uuid)
    if ids is None:
        return [Provider(*row) for row in connection.execute(query)]
    return [
        Provider(*row)
        for chunk in _chunks(sorted(ids))
        for row in connection.execute(query.where(PROVIDERS.c.id.in_(chunk)))
    ]


def lock(connection: sa.Connection, uuids: Iterable[str]) -> dict[str, Locked]:
    """The rows of those of `uuids` that exist, held until the transaction ends."""
    rows = connection.execute(_LOCK_BY_UUID, {"uuids": sorted(set(uuids))})
    return {row.uuid: Locked(*row) for row in rows}


def lock_one(connection: sa.Connection, uuid: str) -> Locked:
    """Raises `errors.Missing`."""
    held = lock(connection, [uuid]).get(uuid)
    if held is None:
        raise missing(uuid)
    return held


def expect(held: Locked, generation: int) -> None:
    """Raises `errors.ConcurrentUpdate` when `held` is of another generation."""
    if held.generation != generation:
        raise errors.ConcurrentUpdate(message="resource provider generation conflict")


def bump(connection: sa.Connection, ids: Collection[int], now: datetime) -> None:
    """A new generation for every one of `ids`."""
    connection.execute(_BUMP, {"ids": list(ids), "now": now})


def touch(connection: sa.Connection, held: Collection[Locked], now: datetime) -> None:
    """Mark a change that does not count as a new generation (see `stamp.after`)."""
    moment = stamp.after(now, *(one.changed_at for one in held))
    connection.execute(_TOUCH, {"ids": [one.id for one in held], "now": moment})


def create(
    connection: sa.Connection, *, uuid: str, name: str, parent: str | None, now: datetime
) -> None:
    """Raises `errors.BadRequest` (unknown parent) or `errors.DuplicateName`."""
    above = _parent(connection, parent) if parent is not None else None
    row = {"uuid": uuid, "name": name, "generation": 0, "created_at": now, "updated_at": now}
    try:
        result = connection.execute(sa.insert(PROVIDERS), row)
    except exc.IntegrityError as error:
        raise _duplicate(error, name, uuid) from error
    key = result.inserted_primary_key
    assert key is not None  # an insert of one row always has one
    _place(connection, [key[0]], root=above.root_id if above else key[0], now=now)
    if above is not None:
        values = {"parent_provider_id": above.id}
        connection.execute(sa.update(PROVIDERS).where(PROVIDERS.c.id == key[0]).values(values))


def rename(connection: sa.Connection, uuid: str, name: str, now: datetime) -> None:
    """Raises `errors.Missing` or `errors.DuplicateName`."""
    held = lock_one(connection, uuid)
    moment = stamp.after(now, held.changed_at)
    try:
        connection.execute(
            sa.update(PROVIDERS)
            .where(PROVIDERS.c.id == held.id)
            .values(name=name, updated_at=moment)
        )
    except exc.IntegrityError as error:
        raise _duplicate(error, name, uuid) from error


def move(
    connection: sa.Connection, uuid: str, parent: str | None, now: datetime, *, freely: bool
) -> None:
    """Put the provider, with everything below it, under `parent` (None: a tree of its own).

    Not `freely`, only a provider without parent may get one.  Raises
    `errors.Missing` or `errors.BadRequest` (unknown parent, a cycle, or not allowed).
    """
    held = lock_one(connection, uuid)
    above = _parent(connection, parent) if parent is not None else None
    if held.parent_id == (above.id if above else None):
        return
    if held.parent_id is not None and not freely:
        raise errors.BadRequest(
            message=f"Unable to save resource provider {uuid}: re-parenting a provider is not "
            "currently allowed"
        )
    below = _subtree(connection, held)
    if above is not None and above.id in below:
        raise errors.BadRequest(
            message=f"Unable to save resource provider {uuid}: creating loop in the provider "
            "tree is not allowed."
        )
    _place(connection, below, root=above.root_id if above else held.id, now=now)
    connection.execute(
        sa.update(PROVIDERS)
        .where(PROVIDERS.c.id == held.id)
        .values(parent_provider_id=above.id if above else None)
    )


def delete(connection: sa.Connection, uuid: str) -> None:
    """Raises `errors.Missing`, `errors.ProviderHasChildren` or `errors.ProviderInUse`."""
    held = lock_one(connection, uuid)
    if _any(connection, PROVIDERS.c.parent_provider_id, held.id):
        raise errors.ProviderHasChildren(
            message=f"Unable to delete parent resource provider {uuid}: "
            "It has child resource providers."
        )
    if _any(connection, ALLOCATIONS.c.resource_provider_id, held.id):
        raise errors.ProviderInUse(
            message=f"Unable to delete resource provider {uuid}: Resource provider has allocations."
        )
    for table in (INVENTORIES, PROVIDER_TRAITS, PROVIDER_AGGREGATES):
        connection.execute(sa.delete(table).where(table.c.resource_provider_id == held.id))
    # A row that refers to itself as its root cannot go in one step everywhere.
    own = PROVIDERS.c.id == held.id
    connection.execute(sa.update(PROVIDERS).where(own).values(root_provider_id=None))
    connection.execute(sa.delete(PROVIDERS).where(own))


def _parent(connection: sa.Connection, uuid: str) -> Locked:
    held = lock(connection, [uuid]).get(uuid)
    if held is None:
        raise errors.BadRequest(
            message=f"Unable to save resource provider: parent provider UUID does not exist: {uuid}"
        )
    return held


def _subtree(connection: sa.Connection, top: Locked) -> set[int]:
    """The ids of `top` and all below it; the rows of its whole tree are held."""
    tree = connection.execute(_LOCK.where(PROVIDERS.c.root_provider_id == top.root_id)).all()
    children: dict[int | None, list[int]] = {}
    for row in tree:
        children.setdefault(row.parent_provider_id, []).append(row.id)
    found, waiting = {top.id}, [top.id]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.add(child)
            waiting.append(child)
    return found


def _place(connection: sa.Connection, ids: Collection[int], *, root: int, now: datetime) -> None:
    """Make `root` the root of `ids`, in a way that other processes notice."""
    seen = connection.scalars(sa.select(PROVIDERS.c.updated_at).where(PROVIDERS.c.id.in_(ids)))
    connection.execute(
        sa.update(PROVIDERS)
        .where(PROVIDERS.c.id.in_(ids))
        .values(root_provider_id=root, updated_at=stamp.after(now, *seen))
    )


def _any(connection: sa.Connection, column: sa.ColumnElement[Any], value: int) -> bool:
    return connection.scalar(sa.select(column).where(column == value).limit(1)) is not None


def _duplicate(error: exc.IntegrityError, name: str, uuid: str) -> errors.DuplicateName:
    what = f"uuid: {uuid}" if "uuid" in str(error.orig) else f"name: {name}"
    return errors.DuplicateName(message=f"Conflicting resource provider {what} already exists.")


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
