"""Guests that have no server here: removed, so that nothing runs that nobody sees.

Only guests that are ours by their metadata count; the record decides.  A guest
is a stray when its server is deleted, unknown, or lives on another host.
"""

import logging

from nova.seams import HostSeams

LOG = logging.getLogger(__name__)


def remove_strays(seams: HostSeams) -> list[str]:
    """Act on [DEFAULT]running_deleted_instance_action; the uuids that were found.

    Guests are listed first: a server is recorded before its guest is made, so whatever
    guest is there then is known to an answer that is asked for afterwards.
    """
    guests = [guest.uuid for guest in seams.driver.spawn.list_guests()]
    if not guests:
        return []
    ours = {instance.uuid for instance in seams.store.instances(seams.host)}
    found = [uuid for uuid in guests if uuid not in ours]
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
