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


class Strays:
    def __init__(self, seams: HostSeams) -> None:
        self._seams = seams
        self._seen: dict[str, float] = {}

    def remove(self) -> list[str]:
        """Act on [DEFAULT]running_deleted_instance_action; the uuids it was done to.

        Guests are listed first: a server is recorded before its guest is made, so whatever
        guest is there then is known to an answer that is asked for afterwards.
        """
        if self._seams.conf.running_deleted_instance_action == "noop":
            return []
        guests = [guest.uuid for guest in self._seams.driver.spawn.list_guests()]
        if not guests:
            return []
        ours = {one.uuid for one in self._seams.store.instances(self._seams.host)}
        found = self._found([uuid for uuid in guests if uuid not in ours])
        for uuid in found:
            _act(self._seams, uuid)
        return found

    def _found(self, strange: Sequence[str]) -> list[str]:
        """Those that are strays, and have been for [DEFAULT]running_deleted_instance_timeout."""
        strays = self._seams.store.outlived(self._seams.host, strange) if strange else []
        unknown = sorted({*strange} - {*strays})
        if unknown:
            LOG.error("Guests %s are not servers of host %s; they are left alone. Was the host "
                      "renamed?", ", ".join(unknown), self._seams.host)
        now = self._seams.clock.monotonic()
        self._seen = {uuid: self._seen.get(uuid, now) for uuid in strays}
        limit = self._seams.conf.running_deleted_instance_timeout
        return [uuid for uuid in strays if now - self._seen[uuid] >= limit]


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
