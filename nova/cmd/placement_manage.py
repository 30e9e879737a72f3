"""placement-manage: look after the placement database."""

import argparse
import sys
from collections.abc import Callable, Sequence

from oslo_config import cfg

from nova.cmd.placement_api import configure, open_database
from nova.core.clock import RealClock
from nova.placement import errors
from nova.placement.db import sync, upkeep
from nova.placement.db.engine import Database

_BATCH = 50
_DONE, _MORE, _FAILED, _BAD_INPUT = 0, 1, 2, 127

Command = Callable[[Database, cfg.ConfigOpts, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done; 1 not done, or (online_data_migrations) more to do; 2 a migration failed."""
    asked = _parser().parse_args(arguments)
    try:
        conf = configure(asked.config_file, debug=asked.debug)
        database = open_database(conf, RealClock(), check=False)
        command: Command = asked.run
        return command(database, conf, asked)
    except errors.PlacementError as error:
        print(f"placement-manage: {' '.join(error.message.split())}", file=sys.stderr)
        return 1


def _sync(database: Database, _conf: cfg.ConfigOpts, asked: argparse.Namespace) -> int:
    sync.sync(database, asked.version or "head")
    return _DONE


def _version(database: Database, _conf: cfg.ConfigOpts, _asked: argparse.Namespace) -> int:
    print(sync.version(database) or "0")
    return _DONE


def _migrate(database: Database, conf: cfg.ConfigOpts, asked: argparse.Namespace) -> int:
    """Run every data migration in batches, up to --max-count rows in all."""
    left = asked.max_count
    if left is not None and left < 1:
        print("Must supply a positive value for max_count", file=sys.stderr)
        return _BAD_INPUT
    print(f"{'Migration':<40}{'Total Needed':>14}{'Completed':>12}")
    done_any = failed = False
    for migration in _migrations(conf):
        needed, done, broken = _in_batches(database, migration, left)
        failed = failed or broken
        done_any = done_any or done > 0
        left = None if left is None else left - done
        print(f"{migration.name:<40}{needed:>14}{done:>12}")
    if done_any and asked.max_count is not None:
        return _MORE
    return _FAILED if failed else _DONE


def _in_batches(
    database: Database, migration: upkeep.Migration, left: int | None
) -> tuple[int, int, bool]:
    """Rows found, rows migrated, and whether it failed."""
    needed = done = 0
    while left is None or done < left:
        batch = _BATCH if left is None else min(_BATCH, left - done)
        try:
            found, migrated = database.write(
                lambda connection: migration.run(connection, batch)  # noqa: B023
            )
        except Exception as error:
            print(f"Error attempting to run {migration.name}: {error}", file=sys.stderr)
            return needed, done, True
        needed, done = needed + found, done + migrated
        if not migrated:
            break
    return needed, done, False


def _consumers(database: Database, conf: cfg.ConfigOpts, _asked: argparse.Namespace) -> int:
    """Give every consumer that has none a record."""
    migration = next(one for one in _migrations(conf) if "consumers" in one.name)
    _, done, broken = _in_batches(database, migration, None)
    print(f"Created {done} incomplete consumers.")
    return _FAILED if broken else _DONE


def _migrations(conf: cfg.ConfigOpts) -> Sequence[upkeep.Migration]:
    chosen = conf.placement
    return upkeep.migrations(
        RealClock(), chosen.incomplete_consumer_project_id, chosen.incomplete_consumer_user_id
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="placement-manage", description=__doc__)
    parser.add_argument("--config-file", action="append", default=[], metavar="FILE")
    parser.add_argument("--debug", "-d", action="store_true")
    database = parser.add_subparsers(required=True, metavar="CATEGORY").add_parser(
        "db", help="the placement database"
    )
    commands = database.add_subparsers(required=True, metavar="COMMAND")
    synced = commands.add_parser("sync", help="bring the schema up to date")
    synced.add_argument("--version", metavar="REVISION")
    synced.set_defaults(run=_sync)
    commands.add_parser("version", help="print the revision").set_defaults(run=_version)
    online = commands.add_parser("online_data_migrations", help="bring the data up to date")
    online.add_argument("--max-count", "--max_count", type=int, metavar="N")
    online.set_defaults(run=_migrate)
    made = commands.add_parser(
        "create_incomplete_consumers", help="add missing records of consumers"
    )
    made.set_defaults(run=_consumers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
