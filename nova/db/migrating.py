"""Bring a database's tables up to date."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

import nova
from nova.db.engine import Database
from nova.errors import ConfigurationFailure

# Seconds that one process waits for another that migrates the same database.
PATIENCE = 600
_LOCK = 0x6E6F7661  # any number; all processes take the same


def sync(database: Database, tree: str, revision: str | None = None) -> None:
    """Migrate to `revision` (None: the newest).  `tree` is 'api' or 'cell'.

    Safe to run again, and by several processes at once.  ConfigurationFailure
    for a revision that is not known.
    """
    database.ping()
    config = _config(tree)
    with database.engine.connect() as connection:
        _lock(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision or "head")
        except CommandError as error:
            raise ConfigurationFailure(reason=_sentence(error)) from error
        connection.commit()
        _unlock(connection)


def version(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    database.ping()
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))


def head(tree: str) -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(_config(tree)).get_current_head()


def _config(tree: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder() / tree).replace("%", "%%"))
    return config


def _folder() -> Path:
    """Beside the modules when installed, at the top of a checkout."""
    package = Path(nova.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    elif connection.scalar(sa.select(sa.func.get_lock(_lock_name(), PATIENCE))) != 1:
        raise ConfigurationFailure(reason="Another process is migrating this database.")


def _unlock(connection: sa.Connection) -> None:
    if connection.dialect.name in ("mysql", "mariadb"):
        connection.execute(sa.select(sa.func.release_lock(_lock_name())))
        connection.commit()


def _lock_name() -> sa.ColumnElement[str]:
    return sa.func.concat("nova-sync-", sa.func.database(), type_=sa.String)


def _sentence(error: CommandError) -> str:
    text = str(error)
    if "Can't locate revision" not in text:
        return f"Cannot migrate the database: {text}"
    return (
        f"Cannot migrate the database: {text}. A database of an older release must first be"
        " brought to the last schema of release 34."
    )
