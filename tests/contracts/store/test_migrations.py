"""Migrated databases have the tables that the stores are written for."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from nova.core.clock import RealClock
from nova.db import migrating
from nova.db.api import store as api
from nova.db.cell import store as cell
from nova.db.cell.shadow import all_shadows
from nova.db.engine import Database
from nova.errors import ConfigurationFailure
from tests.databases import fresh_database, kinds

TREES: dict[str, list[sa.MetaData]] = {
    "api": [api.METADATA],
    "cell": [cell.METADATA, all_shadows()],
}
# The last revisions of release 34, from which a database of it goes on.
ADOPTED = {"api": "cdeec0c85668", "cell": "ab450ba04102"}


@pytest.fixture(params=kinds())
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as url:
        database = Database(url, RealClock())
        yield database
        database.close()


@pytest.mark.parametrize("tree", TREES)
def test_the_schema_is_the_declared_one(empty: Database, tree: str) -> None:
    assert migrating.version(empty) is None
    migrating.sync(empty, tree, ADOPTED[tree])
    assert migrating.version(empty) == ADOPTED[tree]
    migrating.sync(empty, tree)
    assert migrating.version(empty) == migrating.head(tree)
    migrating.sync(empty, tree)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, TREES[tree]) == []  # type: ignore[arg-type]


def test_several_processes_may_migrate_at_once(empty: Database) -> None:
    others = [Database(empty.url, RealClock()) for _ in range(3)]
    errors: list[Any] = []

    def run(database: Database) -> None:
        try:
            migrating.sync(database, "api")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in others:
        each.close()
    assert errors == []
    assert migrating.version(empty) == migrating.head("api")


def test_a_half_finished_migration_is_finished(empty: Database) -> None:
    """Where DDL is not undone, a killed migration leaves tables behind."""
    migrating.sync(empty, "cell")
    with empty.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    migrating.sync(empty, "cell")
    assert migrating.version(empty) == migrating.head("cell")


def test_an_unknown_revision_is_refused(empty: Database) -> None:
    migrating.sync(empty, "api")
    with empty.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(ConfigurationFailure, match="older"):
        migrating.sync(empty, "api")
