"""nova-manage cell_v2: servers and the cells they live in."""

from argparse import Namespace

from nova.cmd.manage.cells import CELL_UUID, find_cell
from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.mapping import map_all
from nova.objects.store.errors import InstanceNotFound

BAD_COUNT = 127


def map_instances(desk: Desk, asked: Namespace) -> int:
    """0 when all are mapped, 1 when more remain.  What is mapped is passed over, so that there
    is no place to remember: --reset changes nothing."""
    if asked.max_count is not None and asked.max_count <= 0:
        print("Must supply a positive value for max-count")
        return BAD_COUNT
    cell = find_cell(desk, asked.cell_uuid)
    if cell is None:
        return 1
    return 0 if map_all(desk, cell, asked.max_count) else 1


def verify_instance(desk: Desk, asked: Namespace) -> int:
    code, line = _verified(desk, asked.uuid)
    if not asked.quiet:
        print(line)
    return code


def _verified(desk: Desk, uuid: str) -> tuple[int, str]:
    try:
        mapping = desk.api.mappings.get(uuid)
    except InstanceNotFound:
        return 1, (
            f"Instance {uuid} is not mapped to a cell (upgrade is incomplete) or instance does"
            " not exist"
        )
    if mapping.cell_uuid is None:
        return 2, f"Instance {uuid} is not mapped to a cell"
    cell = desk.api.cells.get(mapping.cell_uuid)
    try:
        instance = desk.cell(cell).instances.get(uuid, read_deleted=True)
    except InstanceNotFound:
        return 4, f"The instance with uuid {uuid} has been archived, but its mapping is left."
    if instance.deleted:
        return 3, f"The instance with uuid {uuid} has been deleted."
    return 0, f"Instance {uuid} is in cell: {cell.name} ({cell.uuid})"


COMMANDS = (
    Command(
        "cell_v2", "map_instances", map_instances, "Map servers of a cell that are not mapped.",
        (CELL_UUID,
         argument("--max-count", type=int),
         argument("--reset", action="store_true")),
    ),
    Command(
        "cell_v2", "verify_instance", verify_instance, "Tell which cell a server lives in.",
        (argument("--uuid", required=True),
         argument("--quiet", action="store_true", help="answer by the exit code alone")),
    ),
)  # fmt: skip
