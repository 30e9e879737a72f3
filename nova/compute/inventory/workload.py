"""How many servers of a host are in which state: what its record says as `stats`."""

from collections import Counter
from collections.abc import Iterable

from nova.core.states import TaskState, VmState
from nova.objects.server import Instance

# What keeps disks and networks of a host busy.
HEAVY = frozenset({
    TaskState.RESIZE_PREP, TaskState.RESIZE_MIGRATING, TaskState.REBUILDING,
    TaskState.IMAGE_SNAPSHOT, TaskState.IMAGE_BACKUP, TaskState.RESCUING, TaskState.UNSHELVING,
})


def stats_of(instances: Iterable[Instance]) -> dict[str, int]:
    """Counts of all, of each state, task, project and system, and of those under heavy work.
    Operators compare them by extra specs, as capabilities:stats:NAME."""
    found = Counter({"num_instances": 0, "io_workload": 0})
    for one in instances:
        found.update((
            "num_instances",
            f"num_vm_{one.vm_state}",
            f"num_task_{one.task_state}",
            f"num_proj_{one.project_id}",
            f"num_os_type_{one.os_type}",
        ))
        found["io_workload"] += (one.vm_state == VmState.BUILDING) + (one.task_state in HEAVY)
    return dict(found)
