"""Servers that are in rescue for too long, if there is such a thing: back to normal."""

from datetime import timedelta

from nova.compute.upkeep.own_work import OwnWork
from nova.core.states import VmState
from nova.seams import HostSeams


def unrescue(seams: HostSeams, work: OwnWork) -> list[str]:
    """Act on [DEFAULT]rescue_timeout; the uuids of those that are brought back."""
    limit = seams.conf.rescue_timeout
    if limit <= 0:
        return []
    before = seams.clock.now() - timedelta(seconds=limit)
    return [
        instance.uuid
        for instance in seams.store.instances(seams.host)
        if instance.vm_state == VmState.RESCUED and instance.task_state is None
        if instance.launched_at is not None and instance.launched_at <= before
        if work.begin("unrescue", instance)
    ]
