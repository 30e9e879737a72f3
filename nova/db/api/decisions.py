"""Decisions of the scheduler."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects import mysql

from nova.db.api.schema import METADATA
from nova.db.columns import BIG_KEY, NAME, UUID, ExactMoment
from nova.db.engine import Database
from nova.db.rows import cut
from nova.objects.decision_packing import pack, unpack
from nova.objects.decisions import Decision, Findings

# Rows deleted in one statement: locks are held shortly.
AT_ONCE = 1000

scheduling_decisions = Table(
    "scheduling_decisions",
    METADATA,
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("created_at", ExactMoment, nullable=False),
    Column("instance_uuid", UUID, nullable=False),
    Column("request_id", NAME),
    Column("kind", String(32), nullable=False),
    Column("host", NAME),
    Column("node", NAME),
    Column("reason", NAME),
    Column("seconds", Float, nullable=False),
    Column("hosts", LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")),
    Index("scheduling_decisions_instance_uuid_idx", "instance_uuid"),
    Index("scheduling_decisions_created_at_idx", "created_at"),
)

_C = scheduling_decisions.c
_OF_SERVER = (
    select(scheduling_decisions)
    .where(_C.instance_uuid == bindparam("server"))
    .order_by(_C.id.desc())
    .limit(bindparam("most"))
)
_OLD = select(_C.id).where(_C.created_at < bindparam("before")).limit(AT_ONCE)
_DROP = delete(scheduling_decisions).where(_C.id.in_(bindparam("ids", expanding=True)))


class Decisions:
    """`objects.store.api.Decisions` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, decisions: Sequence[Decision]) -> None:
        rows = [_row(one) for one in decisions]
        if rows:
            self._database.write(
                lambda connection: connection.execute(insert(scheduling_decisions), rows)
            )

    def of_server(self, instance_uuid: str, limit: int = 100) -> list[Decision]:
        given = {"server": instance_uuid, "most": limit}
        rows = self._database.read(
            lambda connection: connection.execute(_OF_SERVER, given).all()
        )
        return [_decision(row) for row in rows]

    def prune(self, before: datetime) -> int:
        dropped = 0
        while count := self._database.write(lambda connection: _prune(connection, before)):
            dropped += count
        return dropped


def _prune(connection: Connection, before: datetime) -> int:
    ids = list(connection.execute(_OLD, {"before": before}).scalars())
    return connection.execute(_DROP, {"ids": ids}).rowcount if ids else 0


def _row(one: Decision) -> dict[str, Any]:
    return {
        "created_at": one.at,
        "instance_uuid": one.instance_uuid,
        "request_id": one.request_id,
        "kind": one.kind,
        "host": one.host,
        "node": one.node,
        "reason": cut(one.reason, 255),
        "seconds": one.seconds,
        "hosts": pack(one.findings),
    }


def _decision(row: Any) -> Decision:
    return Decision(
        instance_uuid=row.instance_uuid,
        at=row.created_at,
        kind=row.kind,
        request_id=row.request_id,
        host=row.host,
        node=row.node,
        reason=row.reason,
        seconds=row.seconds,
        findings=unpack(row.hosts) if row.hosts else Findings(),
    )
