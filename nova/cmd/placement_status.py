"""placement-status: whether the database is ready for this release."""

import argparse
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum

import sqlalchemy as sa

from nova.cmd.placement_api import configure, open_database
from nova.core.clock import RealClock
from nova.placement import errors
from nova.placement.db import sync, upkeep
from nova.placement.db.engine import Database


class Result(IntEnum):
    Success = 0
    Warning = 1
    Failure = 2


_UNEXPECTED = 255

Finding = tuple[Result, str]
Check = Callable[[sa.Connection], Finding]


def main(arguments: Sequence[str] | None = None) -> int:
    """The worst result; 255 when the checks could not be made."""
    asked = _parser().parse_args(arguments)
    try:
        database = open_database(configure(asked.config_file), RealClock(), check=False)
        findings = [("Database Schema", _schema(database)), *_examine(database)]
    except (errors.PlacementError, sa.exc.SQLAlchemyError) as error:
        print(f"placement-status: {' '.join(str(error).split())}", file=sys.stderr)
        return _UNEXPECTED
    _show(findings)
    return max(result for _, (result, _) in findings)


def _schema(database: Database) -> Finding:
    if sync.version(database) == sync.head():
        return Result.Success, ""
    return Result.Failure, "Run placement-manage db sync."


def _examine(database: Database) -> list[tuple[str, Finding]]:
    if sync.version(database) is None:
        return []
    checks: tuple[tuple[str, Check], ...] = (
        ("Missing Root Provider IDs", _roots),
        ("Incomplete Consumers", _consumers),
    )
    return [(name, database.read(check)) for name, check in checks]


def _roots(connection: sa.Connection) -> Finding:
    if not upkeep.providers_without_root(connection):
        return Result.Success, ""
    return Result.Failure, "Run placement-manage db online_data_migrations."


def _consumers(connection: sa.Connection) -> Finding:
    count = upkeep.allocations_without_consumer(connection)
    if not count:
        return Result.Success, ""
    return (
        Result.Warning,
        f"There are {count} consumers without a record. Run placement-manage db "
        "create_incomplete_consumers.",
    )


def _show(findings: Sequence[tuple[str, Finding]]) -> None:
    print("+-- Upgrade Check Results")
    for name, (result, details) in findings:
        print(f"| Check: {name}\n| Result: {result.name}")
        if details:
            print(f"| Details: {details}")
        print("+--")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="placement-status", description=__doc__)
    parser.add_argument("--config-file", action="append", default=[], metavar="FILE")
    upgrade = parser.add_subparsers(required=True, metavar="CATEGORY").add_parser("upgrade")
    upgrade.add_subparsers(required=True, metavar="COMMAND").add_parser("check")
    return parser


if __name__ == "__main__":
    sys.exit(main())
