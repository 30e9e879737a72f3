"""nova-manage cell_v2: hosts and the cells they belong to."""

from argparse import Namespace

from nova.cmd.manage.cells import CELL_UUID, VERBOSE, find_cell
from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.discovery import MappedElsewhere, discover, silent
from nova.cmd.manage.output import print_table
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.store.errors import HostMappingNotFound

ANY_CELL = argument("--cell_uuid")


def discover_hosts(desk: Desk, asked: Namespace) -> int:
    tell = print if asked.verbose else silent
    cells = _asked_cells(desk, asked.cell_uuid)
    if cells is None:
        return 1
    tell(f"Found {len(cells)} cell mappings.")
    found = 0
    for cell in cells:
        if cell.uuid == CELL0_UUID:
            tell("Skipping cell0 since it does not contain hosts.")
            continue
        tell(f"Getting computes from cell '{cell.name}': {cell.uuid}")
        try:
            new = discover(desk, cell, by_service=asked.by_service, tell=tell)
        except MappedElsewhere as error:
            print(f"ERROR: Duplicate host mapping was encountered: {error} is in another cell.")
            return 2
        tell(f"Found {len(new)} unmapped computes in cell: {cell.uuid}")
        found += len(new)
    return 1 if asked.strict and found == 0 else 0


def _asked_cells(desk: Desk, uuid: str | None) -> list[CellMapping] | None:
    if uuid is None:
        return desk.api.cells.find()
    cell = find_cell(desk, uuid)
    return None if cell is None else [cell]


def list_hosts(desk: Desk, asked: Namespace) -> int:
    if asked.cell_uuid is not None and find_cell(desk, asked.cell_uuid) is None:
        return 1
    names = {cell.uuid: cell.name for cell in desk.api.cells.find()}
    found = sorted(desk.api.hosts.find(asked.cell_uuid), key=lambda each: each.host)
    rows = [(names.get(each.cell_uuid), each.cell_uuid, each.host) for each in found]
    print_table(("Cell Name", "Cell UUID", "Hostname"), rows)
    return 0


def delete_host(desk: Desk, asked: Namespace) -> int:
    cell = find_cell(desk, asked.cell_uuid)
    if cell is None:
        return 1
    try:
        owner = desk.api.hosts.cell_of(asked.host)
    except HostMappingNotFound:
        print(f"The host {asked.host} was not found.")
        return 2
    if owner != cell.uuid:
        print(f"The host {asked.host} was not found in the cell {cell.uuid}.")
        return 3
    store = desk.cell(cell)
    if store.instances.counts_by_host([asked.host]):
        print(f"There are instances on the host {asked.host}.")
        return 4
    store.nodes.set_mapped([node.uuid for node in store.nodes.find(host=asked.host)], mapped=False)
    desk.api.hosts.delete(asked.host)
    return 0


COMMANDS = (
    Command(
        "cell_v2", "discover_hosts", discover_hosts, "Map hosts that are new.",
        (ANY_CELL, VERBOSE,
         argument("--strict", action="store_true", help="fail when there is none"),
         argument("--by-service", action="store_true",
                  help="look for services, not for hypervisors")),
    ),
    Command("cell_v2", "list_hosts", list_hosts, "List the mapped hosts.", (ANY_CELL,)),
    Command(
        "cell_v2", "delete_host", delete_host, "Unmap a host that has no servers.",
        (CELL_UUID, argument("--host", required=True)),
    ),
)  # fmt: skip
