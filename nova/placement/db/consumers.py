"""Who uses resources: project, user, type and generation of each consumer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement import errors
from nova.placement.db.schema import ALLOCATIONS, CONSUMERS, PROVIDERS


class Unchecked(Enum):
    """The writer does not know of consumer generations."""

    UNCHECKED = 0


UNCHECKED = Unchecked.UNCHECKED


@dataclass(frozen=True, slots=True)
class Write:
    """What a consumer shall use from now on, and nothing else.

    `generation` None means that the consumer must not exist yet; `amounts` is
    {provider uuid: {class id: amount}}, and empty when it shall use nothing.
    """

    uuid: str
    project_id: int
    user_id: int
    type_id: int | None
    generation: int | Unchecked | None
    amounts: Mapping[str, Mapping[int, int]]
    keep_type: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A consumer row, and the providers it uses now."""

    uuid: str
    generation: int
    providers: frozenset[str]


_LOAD = (
    sa.select(CONSUMERS.c.uuid, CONSUMERS.c.generation, PROVIDERS.c.uuid)
    .select_from(CONSUMERS)
    .outerjoin(ALLOCATIONS, ALLOCATIONS.c.consumer_id == CONSUMERS.c.uuid)
    .outerjoin(PROVIDERS, PROVIDERS.c.id == ALLOCATIONS.c.resource_provider_id)
    .where(CONSUMERS.c.uuid.in_(sa.bindparam("uuids", expanding=True)))
)


def load(connection: sa.Connection, uuids: Sequence[str]) -> dict[str, Stored]:
    """Those of `uuids` that exist."""
    generations: dict[str, int] = {}
    used: dict[str, set[str]] = {}
    for uuid, generation, provider in connection.execute(_LOAD, {"uuids": list(uuids)}):
        generations[uuid] = generation
        used.setdefault(uuid, set()).add(provider)
    return {
        uuid: Stored(uuid, generation, frozenset(used[uuid] - {None}))
        for uuid, generation in generations.items()
    }


def record(
    connection: sa.Connection,
    writes: Iterable[Write],
    stored: Mapping[str, Stored],
    now: datetime,
) -> None:
    """Create, update or remove the consumer rows, in the order of their uuids.

    Raises `errors.ConcurrentUpdate` when a generation is not the expected one.
    """
    new = []
    for write in sorted(writes, key=lambda each: each.uuid):
        before = stored.get(write.uuid)
        _expect(write, before)
        if before is None and write.amounts:
            new.append(_row(write, now))
        elif before is not None:
            _settle(connection, write, before, now)
    if new:
        _insert(connection, new)


def _expect(write: Write, before: Stored | None) -> None:
    if write.generation is UNCHECKED:
        return
    actual = before.generation if before else None
    if write.generation != actual:
        raise errors.ConcurrentUpdate(
            message=f"consumer generation conflict - expected {_shown(actual)} "
            f"but got {_shown(write.generation)}"
        )


def _shown(generation: object) -> str:
    return "null" if generation is None else str(generation)


def _row(write: Write, now: datetime) -> dict[str, object]:
    return {
        "uuid": write.uuid,
        "project_id": write.project_id,
        "user_id": write.user_id,
        "consumer_type_id": write.type_id,
        "generation": 1,
        "created_at": now,
        "updated_at": now,
    }


def _insert(connection: sa.Connection, rows: list[dict[str, object]]) -> None:
    try:
        connection.execute(sa.insert(CONSUMERS), rows)
    except exc.IntegrityError as error:
        raise errors.ConcurrentUpdate(
            message="consumer generation conflict - the consumer was created by another process"
        ) from error


def _settle(connection: sa.Connection, write: Write, before: Stored, now: datetime) -> None:
    mine = (CONSUMERS.c.uuid == write.uuid) & (CONSUMERS.c.generation == before.generation)
    if not write.amounts:
        result = connection.execute(sa.delete(CONSUMERS).where(mine))
    else:
        values = {
            "generation": before.generation + 1,
            "project_id": write.project_id,
            "user_id": write.user_id,
            "updated_at": now,
        }
        if not write.keep_type:
            values["consumer_type_id"] = write.type_id
        result = connection.execute(sa.update(CONSUMERS).where(mine).values(values))
    if not result.rowcount:
        raise errors.ConcurrentUpdate(
            message="consumer generation conflict - the consumer was changed by another process"
        )
