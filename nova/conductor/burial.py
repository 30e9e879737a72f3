"""Servers that found no place: they lie in cell0, in error, with the reason."""

import logging
from datetime import datetime
from typing import Any

from nova.conductor.opening import operation_of
from nova.context import admin_context
from nova.core.states import OperationState, PowerState, VmState
from nova.errors import NovaError, Unavailable
from nova.objects.cloud import CELL0_UUID, BuildRequest
from nova.objects.server import Event, Fault, Instance, Operation
from nova.seams import ConductorSeams
from nova.servers.outcome import fault_of

LOG = logging.getLogger(__name__)
# What the API checked or made itself; the rest of a record may be what cannot be recorded.
PLAIN = (
    "uuid", "user_id", "project_id", "created_at", "updated_at", "display_name", "hostname",
    "image_ref", "flavor", "instance_type_id", "memory_mb", "vcpus", "root_gb", "ephemeral_gb",
)  # fmt: skip


def bury(seams: ConductorSeams, build: BuildRequest, error: NovaError) -> None:
    """Free what was claimed, and record the server with why it has no place."""
    seams.placement.allocations.delete(admin_context(build.request_id), build.instance_uuid)
    now = seams.clock.now()
    instance = build.instance
    instance.vm_state = VmState.ERROR.value
    instance.task_state = None
    _record(seams, instance, _failed(build, error, now), _fault(build, error, now))
    if not seams.stores.api.builds.place(build.instance_uuid, CELL0_UUID):
        seams.stores.cell(CELL0_UUID).operations.discard(build.instance_uuid)


def _record(
    seams: ConductorSeams, instance: Instance, operation: Operation, fault: Fault
) -> None:
    """Whole, or as much of it as any database takes: its user must not wait for ever."""
    cell0 = seams.stores.cell(CELL0_UUID)
    try:
        cell0.operations.bury(instance, operation, fault)
    except Unavailable:
        raise
    except Exception:
        LOG.exception("Server %s cannot be recorded as it is", instance.uuid)
        cell0.operations.bury(_plain(instance), operation, fault)


def _plain(instance: Instance) -> Instance:
    values: dict[str, Any] = dict.fromkeys(Instance.fields)
    values |= {name: getattr(instance, name) for name in PLAIN if instance.known(name)}
    values |= {
        "vm_state": VmState.ERROR.value, "power_state": int(PowerState.PENDING), "progress": 0,
        "deleted": False, "hidden": False, "cleaned": False, "disable_terminate": False,
        "metadata": {}, "system_metadata": {}, "network_info": [], "tags": [], "keypairs": [],
        "block_devices": [],
    }  # fmt: skip
    values.pop("id")
    return Instance.hydrate(values)


def _failed(build: BuildRequest, error: NovaError, now: datetime) -> Operation:
    operation = operation_of(build, [], now)
    operation.state = OperationState.FAILED.value
    operation.finish_time = now
    operation.message = "Error"
    operation.events = [Event(
        event="conductor_schedule_and_build_instances", start_time=build.created_at,
        finish_time=now, result="Error", traceback=None, host=None, details=error.message,
    )]  # fmt: skip
    return operation


def _fault(build: BuildRequest, error: NovaError, now: datetime) -> Fault:
    fault = fault_of(build.instance_uuid, error, now, None)
    explanation = error.gaps.get("explanations")
    fault.details = _told(explanation) if explanation else fault.details
    return fault


def _told(explanations: Any) -> str:
    """One line for each host that was considered: the first check it failed."""
    return "\n".join(
        f"{one['host']}: {one['check']}: {one['reason']} (asked {one.get('asked')}, "
        f"free {one.get('free')})"
        for one in explanations
    )
