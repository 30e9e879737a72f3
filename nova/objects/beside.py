"""What there is of servers beside their records: moves, shares, and what was used."""

from dataclasses import dataclass
from datetime import datetime

from nova.objects.registry import NovaObject, versioned


@versioned("1.0")
class Migration(NovaObject):
    """A move of a server from one host to another, under way or over.

    `migration_type` is migration, resize, live-migration or evacuation.  Amounts of
    memory and disk are bytes, of a live migration that says how far it is.
    """

    id: int
    uuid: str
    instance_uuid: str
    source_compute: str | None
    dest_compute: str | None
    source_node: str | None
    dest_node: str | None
    dest_host: str | None
    old_instance_type_id: int | None
    new_instance_type_id: int | None
    status: str
    migration_type: str
    hidden: bool
    memory_total: int | None
    memory_processed: int | None
    memory_remaining: int | None
    disk_total: int | None
    disk_processed: int | None
    disk_remaining: int | None
    cross_cell_move: bool
    user_id: str | None
    project_id: str | None
    created_at: datetime | None
    updated_at: datetime | None


@versioned("1.0")
class Share(NovaObject):
    """A file share and the server that mounts it under `tag`.

    `status` is attaching, active, inactive, detaching or error.
    """

    uuid: str
    instance_uuid: str
    share_id: str
    status: str
    tag: str
    export_location: str | None
    share_proto: str | None


@dataclass(frozen=True)
class Spell:
    """What a server had, and from when to when.  MiB of memory, GiB of disk."""

    uuid: str
    project_id: str
    name: str
    flavor: str
    vm_state: str
    vcpus: int
    memory_mb: int
    local_gb: int
    launched_at: datetime
    terminated_at: datetime | None


@dataclass(frozen=True)
class TaskRun:
    """What one host recorded of a task over a period.  `state` is RUNNING or DONE."""

    host: str
    state: str
    message: str
    items: int
    errors: int
