"""Claims in placement that outlived their server, or its stay on this host.

A scheduler may claim for a server that its user deletes at that very moment, or
hear a question twice, long after it was answered; nobody is left to take the
claim back.  The host that the claim is on notices.
"""

import logging
from dataclasses import replace

from nova.clients.placement.contract import Allocation
from nova.context import RequestContext, admin_context
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)


def drop_orphans(seams: HostSeams) -> list[str]:
    """Give back what servers hold of this host's nodes that have no business here; their
    uuids.  What they hold elsewhere stays."""
    context = admin_context()
    ours = {instance.uuid for instance in seams.store.instances(seams.host)}
    dropped: list[str] = []
    for node in seams.nodes.values():
        held = seams.placement.allocations.of_provider(context, node.uuid)
        strange = sorted(set(held) - ours)
        found = seams.store.outlived(seams.host, strange, building=False) if strange else []
        for uuid in found:
            LOG.warning("Server %s is not here; its claim on %s is dropped", uuid, node.uuid)
            _give_back(seams, context, node.uuid, uuid)
            dropped.append(uuid)
    return dropped


def _give_back(seams: HostSeams, context: RequestContext, node: str, uuid: str) -> None:
    tree = {provider.id for provider in seams.placement.providers.tree(context, node)}

    def without(held: Allocation) -> Allocation:
        rest = {name: amounts for name, amounts in held.resources.items() if name not in tree}
        return replace(held, resources=rest, mappings={})

    seams.placement.allocations.amend(context, uuid, without)
