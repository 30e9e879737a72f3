"""Guests that have no server here: removed, so that nothing runs that nobody sees.

Only guests that are ours by their metadata count; the record decides.  A guest
is a stray when its server is deleted, unknown, or lives on another host.
"""

import logging
from collections.abc import Iterable

from nova.objects.server import Instance
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)


def remove_strays(seams: HostSeams, instances: Iterable[Instance]) -> list[str]:
    """Act on [DEFAULT]running_deleted_instance_action; the uuids that were found."""
    ours = {instance.uuid for instance in instances}
    found = [g.uuid for g in seams.driver.spawn.list_guests() if g.uuid not in ours]
    for uuid in found:
        _act(seams, uuid)
    return found


def _act(seams: HostSeams, uuid: str) -> None:
    action = seams.conf.running_deleted_instance_action
    LOG.warning("Guest %s has no server on this host (%s)", uuid, action)
    if action == "reap":
        seams.driver.spawn.destroy(uuid)
    elif action == "shutdown":
        seams.driver.power.power_off(uuid)
