"""Claims in placement that outlived their server.

A scheduler may claim for a server that its user deletes at that very moment, and
nobody is left to take the claim back.  The host that the claim is on notices.
"""

import logging

from nova.context import admin_context
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)


def drop_orphans(seams: HostSeams) -> list[str]:
    """Delete the claims on this host's nodes whose servers are gone; their uuids."""
    context = admin_context()
    ours = {instance.uuid for instance in seams.store.instances(seams.host)}
    dropped: list[str] = []
    for node in seams.nodes.values():
        held = seams.placement.allocations.of_provider(context, node.uuid)
        unknown = sorted(set(held) - ours)
        for uuid in seams.store.gone(unknown) if unknown else []:
            LOG.warning("Server %s is gone; its claim on %s is dropped", uuid, node.uuid)
            seams.placement.allocations.delete(context, uuid)
            dropped.append(uuid)
    return dropped
