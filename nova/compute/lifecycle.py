"""Guests that change: by our own work, mostly, or by themselves."""

import logging

from nova.compute.performer import Performer
from nova.compute.upkeep import power_states
from nova.compute.upkeep.own_work import OwnWork
from nova.core.periodic import Periodic
from nova.core.states import PowerState
from nova.errors import NovaError
from nova.seams import HostSeams
from nova.virt.contract import LifecycleEvent

LOG = logging.getLogger(__name__)

# Seconds in which whoever caused a change has said so.
SAID = 1.0


class Lifecycle:
    """Hears of changes and makes the record true where nobody else does."""

    def __init__(
        self, seams: HostSeams, performer: Performer, work: OwnWork, loops: Periodic
    ) -> None:
        self._seams = seams
        self._work = work
        self._performer = performer
        self._loops = loops

    def heard(self, event: LifecycleEvent) -> None:
        self._seams.clock.spawn("lifecycle", self._look_at, event.uuid)

    def _look_at(self, uuid: str) -> None:
        ending = self._loops.pause(SAID)
        # The next process looks at every guest when it starts.
        if ending or self._performer.works_on(uuid):
            return
        try:
            state = PowerState(int(self._seams.driver.spawn.guest_state(uuid)))
            if not self._performer.left_it(uuid, int(state)):
                self._correct(uuid, state)
        except NovaError as error:
            LOG.info("Guest %s: %s", uuid, error)

    def _correct(self, uuid: str, state: PowerState) -> None:
        for instance in self._seams.store.instances(self._seams.host):
            if instance.uuid == uuid:
                power_states.sync(self._seams, self._work, instance, state)
