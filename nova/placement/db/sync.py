"""Bring the schema, and the names every cloud shares, up to date."""

from datetime import datetime
from importlib import resources
from pathlib import Path

import os_resource_classes
import os_traits
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

import nova
from nova.placement import errors
from nova.placement.db.engine import Database
from nova.placement.db.schema import CLASSES, TRAITS


def sync(database: Database, revision: str = "head") -> None:
    """Upgrade the schema to `revision` and add missing standard names.

    Raises `errors.CannotStart` when the database is at a revision that this
    release does not know.
    """
    config = _config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise errors.CannotStart(message=f"Cannot upgrade the database: {error}") from error
    add_standard_names(database)


def version(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The revision this release wants."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def standard_classes() -> list[str]:
    return list(os_resource_classes.STANDARDS)


def standard_traits() -> list[str]:
    return sorted(name for name in os_traits.get_traits() if not name.startswith("CUSTOM_"))


def add_standard_names(database: Database) -> None:
    """Insert the published classes (id = position) and traits that are missing."""
    now = database.clock.now().replace(tzinfo=None, microsecond=0)
    database.write(lambda connection: _add_classes(connection, now))
    database.write(lambda connection: _add_traits(connection, now))


def _add_classes(connection: sa.Connection, now: datetime) -> None:
    present = set(connection.scalars(sa.select(CLASSES.c.name)))
    rows = [
        {"id": position, "name": name, "created_at": now}
        for position, name in enumerate(standard_classes())
        if name not in present
    ]
    if rows:
        connection.execute(sa.insert(CLASSES), rows)


def _add_traits(connection: sa.Connection, now: datetime) -> None:
    present = set(connection.scalars(sa.select(TRAITS.c.name)))
    missing = [name for name in standard_traits() if name not in present]
    if missing:
        connection.execute(
            sa.insert(TRAITS), [{"name": name, "created_at": now} for name in missing]
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_scripts()))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> Path:
    """The migrations: packaged beside us, or at the top of a source tree."""
    packaged = Path(str(resources.files(nova))) / "migrations" / "placement"
    if packaged.is_dir():
        return packaged
    return Path(nova.__file__).parent.parent / "migrations" / "placement"
