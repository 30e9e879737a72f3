"""Servers that were deleted softly, and that nobody restored in time: deleted for good."""

from datetime import timedelta

from nova.compute.upkeep.own_work import OwnWork
from nova.core.states import TaskState, VmState, transition
from nova.seams import HostSeams

MOVES = transition(VmState.SOFT_DELETED, via=TaskState.DELETING, to=VmState.DELETED)


def reclaim(seams: HostSeams, work: OwnWork) -> list[str]:
    """The uuids of those whose end begins."""
    interval = seams.conf.reclaim_instance_interval
    if interval <= 0:
        return []
    before = seams.clock.now() - timedelta(seconds=interval)
    return [
        instance.uuid
        for instance in seams.store.instances(seams.host)
        if instance.vm_state == VmState.SOFT_DELETED and instance.task_state is None
        if instance.deleted_at is None or instance.deleted_at <= before
        if work.begin("delete", instance, MOVES, changes={"progress": 0})
    ]
