"""What servers had in a period, and what hosts recorded of one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, bindparam, or_, select, type_coerce

from nova.db.cell import kept
from nova.db.cell.instance_rows import instances
from nova.db.cell.parts import instance_extra
from nova.db.cell.usage import task_log
from nova.db.engine import Database
from nova.objects.beside import Spell, TaskRun

_I = instances.c
_SPELLS = (
    select(
        _I.uuid, _I.project_id, _I.display_name, _I.vm_state, _I.vcpus, _I.memory_mb, _I.root_gb,
        _I.ephemeral_gb, _I.launched_at, _I.terminated_at,
        type_coerce(instance_extra.c.flavor, Text).label("flavor"),
    )
    .outerjoin(instance_extra, instance_extra.c.instance_uuid == _I.uuid)
    .where(
        _I.launched_at < bindparam("end"),
        or_(_I.terminated_at.is_(None), _I.terminated_at > bindparam("begin")),
    )
    .order_by(_I.project_id, _I.uuid)
)  # fmt: skip
_OWNER = select(_I.project_id).where(_I.uuid == bindparam("wanted")).limit(1)
_L = task_log.c
_RUNS = (
    select(_L.host, _L.state, _L.message, _L.task_items, _L.errors)
    .where(
        _L.task_name == bindparam("task"),
        _L.period_beginning == bindparam("begin"),
        _L.period_ending == bindparam("end"),
        _L.deleted == 0,
    )
    .order_by(_L.host)
)


class Past:
    """`objects.store.beside.Past` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spells(
        self, begin: datetime, end: datetime, project_id: str | None = None,
        limit: int | None = None, after: tuple[str, str] | None = None,
    ) -> list[Spell]:
        query = _SPELLS.limit(limit)
        if project_id is not None:
            query = query.where(_I.project_id == project_id)
        if after is not None:
            project, uuid = after
            query = query.where(
                or_(_I.project_id > project, and_(_I.project_id == project, _I.uuid > uuid))
            )
        given = {"begin": begin, "end": end}
        rows = self._database.read(lambda connection: connection.execute(query, given).all())
        names: dict[str | None, str] = {}
        return [_spell(row, names) for row in rows]

    def owner_of(self, instance_uuid: str) -> str | None:
        return self._database.read(
            lambda connection: connection.execute(_OWNER, {"wanted": instance_uuid}).scalar()
        )

    def task_runs(self, task: str, begin: datetime, end: datetime) -> list[TaskRun]:
        given = {"task": task, "begin": begin, "end": end}
        rows = self._database.read(lambda connection: connection.execute(_RUNS, given).all())
        return [
            TaskRun(host, state, message, items or 0, errors or 0)
            for host, state, message, items, errors in rows
        ]


def _spell(row: Any, names: dict[str | None, str]) -> Spell:
    """`names` remembers those of flavors, which many servers share."""
    if row.flavor not in names:
        found = kept.flavor(row.flavor)
        names[row.flavor] = found.name if found else ""
    return Spell(
        row.uuid, row.project_id or "", row.display_name or "", names[row.flavor],
        row.vm_state or "", row.vcpus or 0, row.memory_mb or 0,
        (row.root_gb or 0) + (row.ephemeral_gb or 0), row.launched_at, row.terminated_at,
    )
