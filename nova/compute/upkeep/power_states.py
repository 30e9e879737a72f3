"""Keeping our records true to what guests really do.

A guest that stopped by itself becomes a stopped server; one that was started,
paused or crashed behind our back shows it.  Servers that somebody is working on
are left alone: the work ends in a state of its own.
"""

import logging
from typing import Any

from nova.core.states import PowerState, VmState
from nova.objects.server import Instance
from nova.objects.store.errors import StateConflict
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)

# vm_state -> {what the hypervisor says: what the server then is}
BECOMES: dict[str, dict[PowerState, VmState]] = {
    VmState.ACTIVE: {
        PowerState.SHUTDOWN: VmState.STOPPED,
        PowerState.CRASHED: VmState.STOPPED,
        PowerState.SUSPENDED: VmState.SUSPENDED,
        PowerState.PAUSED: VmState.PAUSED,
    },
    VmState.STOPPED: {PowerState.RUNNING: VmState.ACTIVE, PowerState.PAUSED: VmState.PAUSED},
    VmState.PAUSED: {PowerState.RUNNING: VmState.ACTIVE, PowerState.SHUTDOWN: VmState.STOPPED},
    VmState.SUSPENDED: {PowerState.RUNNING: VmState.ACTIVE},
}


def truth(instance: Instance, state: PowerState) -> dict[str, Any]:
    """Columns to change so that the record says what is; {} when it does."""
    changes: dict[str, Any] = {}
    if instance.power_state != int(state):
        changes["power_state"] = int(state)
    becomes = BECOMES.get(instance.vm_state or "", {}).get(state)
    if becomes is not None:
        changes["vm_state"] = becomes.value
    return changes


def sync(seams: HostSeams, instance: Instance, state: PowerState) -> None:
    """Write the truth unless somebody works on the server meanwhile."""
    if instance.task_state is not None:
        return
    changes = truth(instance, state)
    if not changes:
        return
    LOG.info("Server %s is %s by itself", instance.uuid, state.name)
    try:
        seams.store.update_instance(
            instance.uuid, changes, {"task_state": None, "vm_state": instance.vm_state}
        )
    except StateConflict:
        LOG.info("Server %s changes; its state is not ours to say", instance.uuid)


def sync_all(seams: HostSeams) -> None:
    """Compare every server of this host with its guest."""
    states = {guest.uuid: guest.state for guest in seams.driver.spawn.list_guests()}
    for instance in seams.store.instances(seams.host):
        state = states.get(instance.uuid)
        if state is not None:
            sync(seams, instance, PowerState(int(state)))
