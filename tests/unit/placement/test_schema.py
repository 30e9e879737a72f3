"""The database has the published names, in code and in the migration."""

import json
from pathlib import Path

import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.placement.db import sync
from nova.placement.db.engine import Database
from nova.placement.db.schema import METADATA

PUBLISHED = json.loads(Path(__file__).with_name("published_tables.json").read_text())


def _described(inspector: sa.Inspector, table: str) -> dict[str, object]:
    return {
        "columns": {
            column["name"]: [column["nullable"], getattr(column["type"], "length", None)]
            for column in inspector.get_columns(table)
        },
        "indexes": sorted(index["name"] for index in inspector.get_indexes(table)),
        "unique": sorted(each["name"] for each in inspector.get_unique_constraints(table)),
    }


def _inspected(database: Database) -> dict[str, object]:
    inspector = sa.inspect(database.engine)
    names = set(inspector.get_table_names()) - {"alembic_version", "sqlite_sequence"}
    return {name: _described(inspector, name) for name in names}


def test_migration_makes_the_published_tables() -> None:
    database = Database("sqlite://", clock=RealClock())
    sync.sync(database)
    assert _inspected(database) == PUBLISHED


def test_the_code_means_the_same_tables() -> None:
    database = Database("sqlite://", clock=RealClock())
    METADATA.create_all(database.engine)
    assert _inspected(database) == PUBLISHED
