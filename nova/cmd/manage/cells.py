"""nova-manage cell_v2: the cells themselves."""

from argparse import Namespace
from typing import Any

from nova.cmd.manage import setup
from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.output import masked, print_table
from nova.cmd.manage.setup import NO_DATABASE, NO_TRANSPORT, add_cell, taken_by
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.errors import CellNotFound
from nova.objects.store.page import Page

CELL_UUID = argument("--cell_uuid", required=True)
NAME = argument("--name")
TRANSPORT = argument("--transport-url")
DATABASE = argument("--database_connection")
VERBOSE = argument("--verbose", action="store_true")
UNKNOWN = "Cell with uuid {} was not found."


def find_cell(desk: Desk, uuid: str) -> CellMapping | None:
    """The cell; None, and a line that says so, when there is none."""
    try:
        return desk.api.cells.get(uuid)
    except CellNotFound:
        print(UNKNOWN.format(uuid))
        return None


def create_cell(desk: Desk, asked: Namespace) -> int:
    transport = asked.transport_url or desk.conf.transport_url
    database = asked.database_connection or desk.conf.database.connection
    for value, complaint in ((transport, NO_TRANSPORT), (database, NO_DATABASE)):
        if not value:
            print(complaint)
            return 1
    if taken_by(desk, transport, database):
        return 2
    made = add_cell(desk, asked.name, transport, database, disabled=asked.disabled)
    if asked.verbose:
        print(made.uuid)
    return 0


def list_cells(desk: Desk, asked: Namespace) -> int:
    shown = str if asked.verbose else masked
    found = sorted(desk.api.cells.find(), key=lambda cell: cell.name or "")
    print_table(
        ("Name", "UUID", "Transport URL", "Database Connection", "Disabled"),
        [
            (c.name, c.uuid, shown(c.transport_url), shown(c.database_connection), c.disabled)
            for c in found
        ],
    )
    return 0


def update_cell(desk: Desk, asked: Namespace) -> int:
    """URLs that are not given become the configured ones, as with create_cell."""
    if find_cell(desk, asked.cell_uuid) is None:
        return 1
    if asked.disable and asked.enable:
        print("Cell cannot be disabled and enabled at the same time.")
        return 4
    if asked.disable and asked.cell_uuid == CELL0_UUID:
        print("Cell0 cannot be disabled.")
        return 5
    transport = asked.transport_url or desk.conf.transport_url
    database = asked.database_connection or desk.conf.database.connection
    if (asked.transport_url or asked.database_connection) and taken_by(
        desk, transport, database, besides=asked.cell_uuid
    ):
        return 3
    wanted = {"name": asked.name, "transport_url": transport, "database_connection": database}
    changes: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    if asked.disable or asked.enable:
        changes["disabled"] = bool(asked.disable)
    desk.api.cells.update(asked.cell_uuid, changes)
    return 0


def delete_cell(desk: Desk, asked: Namespace) -> int:
    cell = find_cell(desk, asked.cell_uuid)
    if cell is None:
        return 1
    hosts = desk.api.hosts.find(cell.uuid)
    if hosts and not asked.force:
        print(f"There are existing hosts mapped to cell with uuid {cell.uuid}.")
        return 2
    if mapped := desk.api.mappings.in_cell(cell.uuid):
        living = InstanceFilter(include_hidden=True)
        if desk.cell(cell).instances.find(living, Page(limit=1), detail=False):
            print(f"There are existing instances mapped to cell with uuid {cell.uuid}.")
            return 3
        if not asked.force:
            print(
                f"There are instance mappings to cell with uuid {cell.uuid}, but all instances"
                " have been deleted in the cell. Execute 'nova-manage db archive_deleted_rows'"
                " to delete the instance mappings."
            )
            return 4
    desk.api.mappings.delete(mapped)
    for host in hosts:
        desk.api.hosts.delete(host.host)
    desk.api.cells.delete(cell.uuid)
    return 0


COMMANDS = (
    *setup.COMMANDS,
    Command(
        "cell_v2", "create_cell", create_cell, "Add a cell.",
        (NAME, DATABASE, TRANSPORT, VERBOSE, argument("--disabled", action="store_true")),
    ),
    Command("cell_v2", "list_cells", list_cells, "List the cells.", (VERBOSE,)),
    Command(
        "cell_v2", "update_cell", update_cell, "Change a cell.",
        (CELL_UUID, NAME, TRANSPORT, DATABASE, argument("--disable", action="store_true"),
         argument("--enable", action="store_true")),
    ),
    Command(
        "cell_v2", "delete_cell", delete_cell, "Remove a cell that nothing lives in.",
        (CELL_UUID, argument("--force", action="store_true", help="also with mapped hosts")),
    ),
)  # fmt: skip
