"""nova-manage cell_v2: the first cells of a cloud."""

import uuid
from argparse import Namespace

from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.discovery import discover
from nova.cmd.manage.mapping import map_all
from nova.db.urls import database_url
from nova.objects.cloud import CELL0_UUID, CellMapping

NO_TRANSPORT = (
    "Must specify --transport-url if [DEFAULT]/transport_url is not set in the configuration file."
)
NO_DATABASE = (
    "Must specify --database_connection if [database]/connection is not set in the configuration"
    " file."
)


def add_cell(
    desk: Desk, name: str | None, transport: str, database: str, *, disabled: bool = False
) -> CellMapping:
    return desk.api.cells.create(
        CellMapping(
            uuid=str(uuid.uuid4()),
            name=name,
            transport_url=transport,
            database_connection=database,
            disabled=disabled,
        )
    )


def taken_by(
    desk: Desk, transport: str, database: str, besides: str | None = None
) -> CellMapping | None:
    """Another cell that has one of these URLs, told to the operator."""
    for cell in desk.api.cells.find():
        same = cell.transport_url == transport or cell.database_connection == database
        if same and cell.uuid != besides:
            print(
                "The specified transport_url and/or database_connection combination already"
                f" exists for cell {cell.name}({cell.uuid})."
            )
            return cell
    return None


def map_cell0(desk: Desk, asked: Namespace) -> int:
    _make_cell0(desk, asked.database_connection)
    return 0


def map_cell_and_hosts(desk: Desk, asked: Namespace) -> int:
    transport = asked.transport_url or desk.conf.transport_url
    if not transport:
        print(NO_TRANSPORT)
        return 1
    return _cell_with_hosts(desk, transport, asked.name, verbose=asked.verbose)


def simple_cell_setup(desk: Desk, asked: Namespace) -> int:
    """cell0, one cell of what is configured, its hosts and its servers; safe to repeat."""
    transport = asked.transport_url or desk.conf.transport_url
    if not transport:
        print(NO_TRANSPORT)
        return 1
    _make_cell0(desk, None)
    code = _cell_with_hosts(desk, transport, None, verbose=False)
    if code == 0:
        for cell in desk.api.cells.find():
            if cell.uuid != CELL0_UUID:
                map_all(desk, cell)
    return code


def _make_cell0(desk: Desk, connection: str | None) -> None:
    if any(cell.uuid == CELL0_UUID for cell in desk.api.cells.find()):
        print("Cell0 is already setup")
        return
    desk.api.cells.create(
        CellMapping(
            uuid=CELL0_UUID,
            name="cell0",
            transport_url="none:///",
            database_connection=connection or _beside(desk),
            disabled=False,
        )
    )


def _beside(desk: Desk) -> str:
    """The main database's URL with _cell0 behind its name."""
    url = database_url(desk.conf.database.connection, "[database]connection")
    text: str = desk.conf.database.connection
    head, mark, query = text.partition("?")
    if not url.database:
        return text
    return f"{head}_cell0{mark}{query}"


def _cell_with_hosts(desk: Desk, transport: str, name: str | None, *, verbose: bool) -> int:
    """A cell of the main database, unless there is one, with all hosts it knows of."""
    database: str = desk.conf.database.connection
    known = [c for c in desk.api.cells.find() if c.database_connection == database]
    probe = known[0] if known else CellMapping(uuid="", database_connection=database)
    if not desk.cell(probe).services.find(binary="nova-compute"):
        print("No hosts found to map to cell, exiting.")
        return 1
    cell = known[0] if known else add_cell(desk, name, transport, database)
    if not discover(desk, cell, by_service=True) and known:
        print("All hosts are already mapped to cell(s).")
    if verbose:
        print(cell.uuid)
    return 0


_TRANSPORT = argument("--transport-url")
COMMANDS = (
    Command(
        "cell_v2", "simple_cell_setup", simple_cell_setup,
        "Make cell0 and one cell with all hosts and servers.", (_TRANSPORT,),
    ),
    Command(
        "cell_v2", "map_cell0", map_cell0, "Make cell0.",
        (argument("--database_connection"),),
    ),
    Command(
        "cell_v2", "map_cell_and_hosts", map_cell_and_hosts,
        "Make a cell of the main database, with its hosts.",
        (_TRANSPORT, argument("--name"),
         argument("--verbose", action="store_true")),
    ),
)  # fmt: skip
