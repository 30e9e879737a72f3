"""Guests that have no server here: removed, so that nothing runs that nobody sees.

Only guests that are ours by their metadata count; the record decides.  A guest
is a stray when its server is known to be deleted, or to have been built
elsewhere after this host was given up.  A guest that no record tells of may be
a customer's, on a host that was renamed or asks the wrong cloud: it is left
alone, and the operator told.
"""

import logging
from collections.abc import Sequence

from nova.errors import NovaError, Unavailable
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)


def remove_strays(seams: HostSeams) -> list[str]:
    """Act on [DEFAULT]running_deleted_instance_action; the uuids that were found.

    Guests are listed first: a server is recorded before its guest is made, so whatever
    guest is there then is known to an answer that is asked for afterwards.
    """
    if seams.conf.running_deleted_instance_action == "noop":
        return []
    guests = [guest.uuid for guest in seams.driver.spawn.list_guests()]
    if not guests:
        return []
    ours = {instance.uuid for instance in seams.store.instances(seams.host)}
    strange = [uuid for uuid in guests if uuid not in ours]
    return _remove(seams, strange) if strange else []


def _remove(seams: HostSeams, strange: Sequence[str]) -> list[str]:
    found = seams.store.outlived(seams.host, strange)
    for uuid in found:
        _act(seams, uuid)
    unknown = sorted({*strange} - {*found})
    if unknown:
        LOG.error("Guests %s are not servers of host %s; they are left alone. Was the host "
                  "renamed?", ", ".join(unknown), seams.host)
    return found


def _act(seams: HostSeams, uuid: str) -> None:
    """One that cannot be removed does not keep the others."""
    action = seams.conf.running_deleted_instance_action
    LOG.warning("Guest %s has no server on this host (%s)", uuid, action)
    try:
        if action == "reap":
            seams.driver.spawn.destroy(uuid)
            seams.books.release(uuid)
        elif action == "shutdown":
            seams.driver.power.power_off(uuid)
    except Unavailable:
        raise
    except NovaError as error:
        LOG.warning("Guest %s is still there: %s", uuid, error)
