"""Files of deleted servers that something held when they were to go: tried again and again, up
to [DEFAULT]maximum_instance_delete_attempts times."""

import logging
from collections import Counter

from nova.seams import HostSeams

LOG = logging.getLogger(__name__)


class LeftoverFiles:
    def __init__(self, seams: HostSeams) -> None:
        self._seams = seams
        self._attempts: Counter[str] = Counter()

    def remove(self) -> list[str]:
        """The ids of guests of which nothing is left now."""
        leftovers = self._seams.driver.leftovers
        if leftovers is None:
            return []
        found = leftovers.found()
        most = self._seams.conf.maximum_instance_delete_attempts
        gone = []
        for uuid in (one for one in found if self._attempts[one] < most):
            self._attempts[uuid] += 1
            if leftovers.remove(uuid):
                gone.append(uuid)
            elif self._attempts[uuid] == most:
                LOG.error("Files of server %s stay: they were to be removed %d times", uuid, most)
        self._attempts = Counter({uuid: self._attempts[uuid] for uuid in {*found} - {*gone}})
        return gone
