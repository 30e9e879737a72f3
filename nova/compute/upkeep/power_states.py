"""Keeping records and guests true to each other.

What a guest does by itself is written down.  One that stopped (or crashed, or sleeps)
is stopped properly; one that runs though its server is stopped is stopped again, for
its owner said so.  One that was frozen behind our back is left alone: somebody on the
host wanted that.  Servers that somebody is working on are left alone, too: the work
ends in a state of its own.
"""

import logging
from collections.abc import Mapping

from nova.compute.upkeep.own_work import OwnWork
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.errors import NovaError
from nova.objects.server import Instance
from nova.objects.store.errors import StateConflict
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)

DOWN = frozenset({PowerState.SHUTDOWN, PowerState.CRASHED})
UP = frozenset({PowerState.RUNNING, PowerState.PAUSED, PowerState.SUSPENDED})
# vm_state: what the hypervisor says when such a server is to be stopped.
STOPS: Mapping[str, frozenset[PowerState]] = {
    VmState.ACTIVE: DOWN | {PowerState.SUSPENDED},
    VmState.PAUSED: DOWN,
    VmState.STOPPED: UP,
}


def to_be_stopped(instance: Instance, state: PowerState) -> bool:
    return state in STOPS.get(instance.vm_state or "", ())


def sync(seams: HostSeams, work: OwnWork, instance: Instance, state: PowerState) -> None:
    """Write the truth, and act on it, unless somebody works on the server meanwhile."""
    if instance.task_state is not None:
        return
    if instance.power_state != int(state) and not _write(seams, instance, state):
        return
    if to_be_stopped(instance, state):
        LOG.warning("Server %s is %s and its guest is %s by itself: it is stopped",
                    instance.uuid, instance.vm_state, state.name)
        moves = transition(
            VmState(instance.vm_state or ""), via=TaskState.POWERING_OFF, to=VmState.STOPPED
        )
        work.begin("os-stop", instance, moves)
    elif instance.vm_state == VmState.SOFT_DELETED and state in UP:
        _stop(seams, instance.uuid)


def sync_all(seams: HostSeams, work: OwnWork) -> None:
    """Compare every server of this host with its guest."""
    states = {guest.uuid: guest.state for guest in seams.driver.spawn.list_guests()}
    for instance in seams.store.instances(seams.host):
        state = states.get(instance.uuid)
        if state is not None:
            sync(seams, work, instance, PowerState(int(state)))


def _write(seams: HostSeams, instance: Instance, state: PowerState) -> bool:
    """False: somebody works on it."""
    LOG.info("Guest of server %s is %s by itself", instance.uuid, state.name)
    try:
        seams.store.update_instance(
            instance.uuid, {"power_state": int(state)},
            {"task_state": None, "vm_state": instance.vm_state},
        )
    except StateConflict:
        LOG.info("Server %s changes; its state is not ours to say", instance.uuid)
        return False
    return True


def _stop(seams: HostSeams, uuid: str) -> None:
    """A server that waits to be reclaimed does not run."""
    LOG.warning("The guest of server %s runs though that is deleted; it is stopped", uuid)
    try:
        seams.driver.power.power_off(uuid)
    except NovaError as error:
        LOG.warning("Guest %s runs on: %s", uuid, error)
