"""The states of a server, and how they read to a user.

`vm_state` is what the server is, `task_state` what is being done to it, and
`power_state` what the hypervisor says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any


class VmState(StrEnum):
    ACTIVE = "active"
    BUILDING = "building"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    RESCUED = "rescued"
    RESIZED = "resized"
    SOFT_DELETED = "soft-delete"
    DELETED = "deleted"
    ERROR = "error"
    SHELVED = "shelved"
    SHELVED_OFFLOADED = "shelved_offloaded"


class TaskState(StrEnum):
    SCHEDULING = "scheduling"
    BLOCK_DEVICE_MAPPING = "block_device_mapping"
    NETWORKING = "networking"
    SPAWNING = "spawning"
    IMAGE_SNAPSHOT = "image_snapshot"
    IMAGE_SNAPSHOT_PENDING = "image_snapshot_pending"
    IMAGE_PENDING_UPLOAD = "image_pending_upload"
    IMAGE_UPLOADING = "image_uploading"
    IMAGE_BACKUP = "image_backup"
    UPDATING_PASSWORD = "updating_password"
    RESIZE_PREP = "resize_prep"
    RESIZE_MIGRATING = "resize_migrating"
    RESIZE_MIGRATED = "resize_migrated"
    RESIZE_FINISH = "resize_finish"
    RESIZE_REVERTING = "resize_reverting"
    RESIZE_CONFIRMING = "resize_confirming"
    REBOOTING = "rebooting"
    REBOOT_PENDING = "reboot_pending"
    REBOOT_STARTED = "reboot_started"
    REBOOTING_HARD = "rebooting_hard"
    REBOOT_PENDING_HARD = "reboot_pending_hard"
    REBOOT_STARTED_HARD = "reboot_started_hard"
    PAUSING = "pausing"
    UNPAUSING = "unpausing"
    SUSPENDING = "suspending"
    RESUMING = "resuming"
    POWERING_OFF = "powering-off"
    POWERING_ON = "powering-on"
    RESCUING = "rescuing"
    UNRESCUING = "unrescuing"
    REBUILDING = "rebuilding"
    REBUILD_BLOCK_DEVICE_MAPPING = "rebuild_block_device_mapping"
    REBUILD_SPAWNING = "rebuild_spawning"
    MIGRATING = "migrating"
    DELETING = "deleting"
    SOFT_DELETING = "soft-deleting"
    RESTORING = "restoring"
    SHELVING = "shelving"
    SHELVING_IMAGE_PENDING_UPLOAD = "shelving_image_pending_upload"
    SHELVING_IMAGE_UPLOADING = "shelving_image_uploading"
    SHELVING_OFFLOADING = "shelving_offloading"
    UNSHELVING = "unshelving"


class PowerState(IntEnum):
    PENDING = 0
    RUNNING = 1
    PAUSED = 3
    SHUTDOWN = 4
    CRASHED = 6
    SUSPENDED = 7


class OperationState(StrEnum):
    """Where an operation stands: the journal's own word, not shown to users."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    UNDOING = "undoing"
    DONE = "done"
    FAILED = "failed"


OPEN_OPERATION = (OperationState.ACCEPTED, OperationState.RUNNING, OperationState.UNDOING)

ANY = frozenset(VmState)


@dataclass(frozen=True)
class Transition:
    """What an action does to a server's state.

    `frm` are the vm_states it may start from, `tasks` the task_states (None:
    idle), `via` the task_state it takes (None: it takes no state), `to` the
    vm_state it ends in (None: unchanged).
    """

    frm: frozenset[VmState] = ANY
    via: TaskState | None = None
    to: VmState | None = None
    tasks: frozenset[TaskState | None] | None = frozenset({None})
    launched_only: bool = True

    def to_json(self) -> dict[str, Any]:
        tasks = None if self.tasks is None else sorted(self.tasks, key=str)
        return {
            "frm": sorted(self.frm), "via": self.via, "to": self.to, "tasks": tasks,
            "launched_only": self.launched_only,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Transition":
        tasks, via, to = value["tasks"], value["via"], value["to"]
        return cls(
            frozenset(VmState(one) for one in value["frm"]),
            None if via is None else TaskState(via),
            None if to is None else VmState(to),
            None if tasks is None else frozenset(one and TaskState(one) for one in tasks),
            value["launched_only"],
        )


def transition(
    *frm: VmState,
    via: TaskState | None = None,
    to: VmState | None = None,
    tasks: tuple[TaskState | None, ...] | None = (None,),
    launched_only: bool = True,
) -> Transition:
    """`tasks=None` means any task_state."""
    allowed = None if tasks is None else frozenset(tasks)
    return Transition(frozenset(frm) or ANY, via, to, allowed, launched_only)


# (vm_state, {task_state: status}) with the status of every other task under None.
_RESIZE = dict.fromkeys(
    (TaskState.RESIZE_PREP, TaskState.RESIZE_MIGRATING, TaskState.RESIZE_MIGRATED,
     TaskState.RESIZE_FINISH), "RESIZE",
)
_REBUILD = dict.fromkeys(
    (TaskState.REBUILDING, TaskState.REBUILD_BLOCK_DEVICE_MAPPING, TaskState.REBUILD_SPAWNING),
    "REBUILD",
)
_REBOOT = {
    TaskState.REBOOTING: "REBOOT",
    TaskState.REBOOT_PENDING: "REBOOT",
    TaskState.REBOOT_STARTED: "REBOOT",
    TaskState.REBOOTING_HARD: "HARD_REBOOT",
    TaskState.REBOOT_PENDING_HARD: "HARD_REBOOT",
    TaskState.REBOOT_STARTED_HARD: "HARD_REBOOT",
}
STATUS: dict[VmState, tuple[str, dict[TaskState, str]]] = {
    VmState.ACTIVE: ("ACTIVE", {
        **_REBOOT, **_REBUILD, **_RESIZE,
        TaskState.UPDATING_PASSWORD: "PASSWORD", TaskState.MIGRATING: "MIGRATING",
    }),
    VmState.BUILDING: ("BUILD", {}),
    VmState.STOPPED: ("SHUTOFF", {**_RESIZE, TaskState.REBUILDING: "REBUILD",
                                  TaskState.REBUILD_BLOCK_DEVICE_MAPPING: "REBUILD",
                                  TaskState.REBUILD_SPAWNING: "REBUILD"}),
    VmState.RESIZED: ("VERIFY_RESIZE", {TaskState.RESIZE_REVERTING: "REVERT_RESIZE"}),
    VmState.PAUSED: ("PAUSED", {TaskState.MIGRATING: "MIGRATING"}),
    VmState.SUSPENDED: ("SUSPENDED", {}),
    VmState.RESCUED: ("RESCUE", {}),
    VmState.ERROR: ("ERROR", dict(_REBUILD)),
    VmState.DELETED: ("DELETED", {}),
    VmState.SOFT_DELETED: ("SOFT_DELETED", {}),
    VmState.SHELVED: ("SHELVED", {}),
    VmState.SHELVED_OFFLOADED: ("SHELVED_OFFLOADED", {}),
}


def status_of(vm_state: str | None, task_state: str | None, deleted: bool = False) -> str:
    """The status word of the API."""
    if deleted:
        return "DELETED"
    try:
        plain, special = STATUS[VmState(vm_state or "")]
    except ValueError:
        return "UNKNOWN"
    return special.get(TaskState(task_state), plain) if task_state else plain


def states_of(status: str) -> list[tuple[VmState, list[TaskState] | None]]:
    """The states that read as `status` (case-insensitive).

    Each is (vm_state, task_states), where None means any task not spoken for.
    Empty for an unknown status.
    """
    wanted = status.upper()
    found: list[tuple[VmState, list[TaskState] | None]] = []
    for vm_state, (plain, special) in STATUS.items():
        if plain == wanted:
            found.append((vm_state, None))
        tasks = [task for task, word in special.items() if word == wanted]
        if tasks:
            found.append((vm_state, tasks))
    return found
