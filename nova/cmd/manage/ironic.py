"""nova-manage db ironic_compute_node_move: a bare metal node under another service."""

from argparse import Namespace

from nova.cmd.manage import lookup
from nova.cmd.manage.command import Command, Desk, argument
from nova.db.cell.nodes import move_to_host
from nova.db.cell.store import SqlCellStore
from nova.objects.host import ComputeNode, Service
from nova.objects.store.errors import ComputeHostNotFound

COMPUTE = "nova-compute"


class MoveRefused(Exception):
    """A node stays where it is."""


def ironic_compute_node_move(desk: Desk, asked: Namespace) -> int:
    cell, node = _find(desk, asked.ironic_node_uuid)
    destination = _service(cell, asked.destination_host)
    source = _service(cell, node.host)
    if not source.forced_down:
        raise MoveRefused(f"The service on {node.host} is not forced down.")
    if destination.forced_down:
        raise MoveRefused(f"The service on {destination.host} is forced down.")
    move_to_host(cell.database, node, destination)
    return 0


def _find(desk: Desk, uuid: str) -> tuple[SqlCellStore, ComputeNode]:
    for mapping in lookup.cells(desk):
        cell = desk.cell(mapping)
        if found := cell.nodes.find(uuids=[uuid]):
            return cell, found[0]
    raise MoveRefused(ComputeHostNotFound(host=uuid).message)


def _service(cell: SqlCellStore, host: str) -> Service:
    found = cell.services.find(host=host, binary=COMPUTE)
    if not found:
        raise MoveRefused(f"There is no {COMPUTE} on {host} in the node's cell.")
    return found[0]


COMMANDS = (
    Command(
        "db", "ironic_compute_node_move", ironic_compute_node_move,
        "Give a bare metal node, and its servers, to another compute service.",
        (argument("--ironic-node-uuid", required=True),
         argument("--destination-host", required=True)),
    ),
)  # fmt: skip
