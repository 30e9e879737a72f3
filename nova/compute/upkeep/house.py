"""What a host looks after, at its start and again and again."""

import logging
from collections.abc import Sequence

from nova.compute.upkeep import (
    leftovers,
    networks,
    pictures,
    ports,
    power_states,
    reclaim,
    rescued,
    strays,
)
from nova.compute.upkeep.own_work import OwnWork
from nova.context import admin_context
from nova.core.periodic import Chores, Periodic
from nova.core.states import PowerState, VmState
from nova.errors import NovaError
from nova.objects.server import Instance, Operation
from nova.seams import HostSeams
from nova.servers.steps.guest_spec import guest_spec
from nova.servers.steps.kept_secrets import with_secrets

LOG = logging.getLogger(__name__)
MINUTE = 60.0
AWAKE = (PowerState.RUNNING, PowerState.PAUSED)


class Upkeep:
    def __init__(self, seams: HostSeams, work: OwnWork, aside: ports.Aside) -> None:
        self._seams = seams
        self._work = work
        self._strays = strays.Strays(seams)
        self._leftovers = leftovers.LeftoverFiles(seams)
        self._ports = ports.PortsOfBefore(seams, aside)
        self._aside = aside

    def settle(self, instances: Sequence[Instance], operations: Sequence[Operation]) -> None:
        """After a start: records follow guests, or guests follow records if so configured."""
        busy = {operation.instance_uuid for operation in operations}
        states = {g.uuid: g.state for g in self._seams.driver.spawn.list_guests()}
        awake = {uuid for uuid, state in states.items() if int(state) in AWAKE}
        self._ports.owe(awake & {instance.uuid for instance in instances})
        for instance in instances:
            if instance.uuid in busy or instance.uuid not in states:
                continue
            state = PowerState(int(states[instance.uuid]))
            if not self._resumed(instance, state):
                power_states.sync(self._seams, self._work, instance, state)

    def remove_strays(self) -> None:
        self._strays.remove()

    def renew_ports(self, loops: Periodic) -> None:
        """Of guests that ran on while nobody looked after them."""
        self._ports.renew(lambda: loops.stopping)

    def keep(self, chores: Chores, loops: Periodic) -> None:
        conf = self._seams.conf
        chores.every("power states", interval(conf.sync_power_state_interval),
                     lambda: power_states.sync_all(self._seams, self._work))
        chores.every("networks", interval(conf.heal_instance_info_cache_interval),
                     lambda: networks.refresh(self._seams))
        chores.every("strays", interval(conf.running_deleted_instance_poll_interval),
                     self.remove_strays)
        chores.every("reclaim", MINUTE, lambda: reclaim.reclaim(self._seams, self._work))
        chores.every("leftovers", interval(conf.instance_delete_interval),
                     lambda: self._leftovers.remove())
        loops.once("ports", lambda: self.renew_ports(loops))
        chores.every("ports", MINUTE, lambda: self.renew_ports(loops))
        chores.every("pictures", MINUTE, lambda: pictures.forget(self._seams, self._aside))
        chores.every("rescued", MINUTE, lambda: rescued.unrescue(self._seams, self._work))

    def _resumed(self, instance: Instance, state: PowerState) -> bool:
        """[DEFAULT]resume_guests_state_on_host_boot: what ran before runs again."""
        wanted = self._seams.conf.resume_guests_state_on_host_boot
        if not wanted or instance.vm_state != VmState.ACTIVE or state == PowerState.RUNNING:
            return False
        try:
            guest = guest_spec(self._seams.conf, instance)
            guest = with_secrets(self._seams, admin_context(), instance, guest)
            self._seams.driver.power.power_on(guest)
        except NovaError:
            LOG.exception("Guest %s could not be started again", instance.uuid)
            return False
        return True


def interval(seconds: int) -> float:
    """Upstream's convention: 0 is the usual minute, negative is never."""
    return MINUTE if seconds == 0 else float(seconds)
