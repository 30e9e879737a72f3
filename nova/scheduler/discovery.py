"""Hosts that are new: mapped to the cell whose database they report to."""

import logging
from collections.abc import Mapping, Sequence

from nova.objects.cloud import CELL0_UUID, HostMapping
from nova.objects.host import ComputeNode
from nova.objects.store import CellStore, Stores

LOG = logging.getLogger(__name__)


def discover_hosts(stores: Stores) -> list[str]:
    """Map the hosts of nodes that are not marked as mapped; answers their names.

    Doing it twice, or in two processes at once, is harmless.  A host that is
    mapped to another cell already stays there.
    """
    found: list[str] = []
    for cell_uuid, nodes in _unmapped(stores).items():
        hosts = sorted({node.host for node in nodes})
        LOG.info("New hosts in cell %s: %s", cell_uuid, ", ".join(hosts))
        stores.api.hosts.add([HostMapping(host=host, cell_uuid=cell_uuid) for host in hosts])
        stores.cell(cell_uuid).nodes.set_mapped([node.uuid for node in nodes])
        found += hosts
    return found


def _unmapped(stores: Stores) -> Mapping[str, Sequence[ComputeNode]]:
    """New nodes of each cell that has any and answers."""
    answers = stores.each(_ask)
    for cell, answer in answers.items():
        if not isinstance(answer, list):
            LOG.warning("Cell %s cannot be searched for new hosts: %s", cell, answer)
    return {cell: nodes for cell, nodes in answers.items()
            if isinstance(nodes, list) and nodes and cell != CELL0_UUID}


def _ask(cell: CellStore) -> list[ComputeNode]:
    return cell.nodes.unmapped()
