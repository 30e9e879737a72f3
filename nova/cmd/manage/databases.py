"""nova-manage db, nova-manage api_db: the schema."""

import sys
from argparse import Namespace

from nova.cmd.manage.command import Command, Desk, argument
from nova.db import migrating
from nova.db.configured import cell_database
from nova.errors import NovaError
from nova.objects.cloud import CELL0_UUID

VERSION = argument("version", metavar="VERSION", nargs="?", help="a revision; the newest")
EMPTY = "0"


def api_sync(desk: Desk, asked: Namespace) -> int:
    migrating.sync(desk.api.database, "api", asked.version)
    return 0


def api_version(desk: Desk, _asked: Namespace) -> int:
    print(migrating.version(desk.api.database) or EMPTY)
    return 0


def sync(desk: Desk, asked: Namespace) -> int:
    """The main database and, unless told otherwise, cell0's."""
    if not asked.local_cell:
        try:
            cell0 = desk.cell(desk.api.cells.get(CELL0_UUID))
            migrating.sync(cell0.database, "cell", asked.version)
        except NovaError as error:
            print(f"ERROR: cell0 was not migrated: {error.message}", file=sys.stderr)
            print(
                "Create its database, run `nova-manage api_db sync` and `nova-manage cell_v2"
                " map_cell0` first, or give --local_cell.",
                file=sys.stderr,
            )
            return 1
    migrating.sync(cell_database(desk.conf, desk.clock), "cell", asked.version)
    return 0


def version(desk: Desk, _asked: Namespace) -> int:
    print(migrating.version(cell_database(desk.conf, desk.clock)) or EMPTY)
    return 0


COMMANDS = (
    Command("api_db", "sync", api_sync, "Bring the API database's schema up to date.", (VERSION,)),
    Command("api_db", "version", api_version, "Print the API database's revision."),
    Command(
        "db",
        "sync",
        sync,
        "Bring the schema of the main database and of cell0 up to date.",
        (VERSION, argument("--local_cell", action="store_true", help="leave cell0 alone")),
    ),
    Command("db", "version", version, "Print the main database's revision."),
)
