"""Records with everything a test does not care about filled in."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from nova.core.states import OperationState, TaskState, VmState
from nova.objects.cloud import BuildRequest, RequestSpec
from nova.objects.flavor import Flavor
from nova.objects.host import ComputeNode
from nova.objects.server import BlockDevice, Instance, Operation, Outcome

PROJECT = "project-1"
USER = "user-1"


def new_uuid() -> str:
    return str(uuid.uuid4())


def now() -> datetime:
    return datetime.now(UTC)


def flavor(**more: Any) -> Flavor:
    name = more.get("name") or f"flavor-{uuid.uuid4().hex[:8]}"
    values: dict[str, Any] = {
        "id": 1, "flavorid": name, "name": name, "memory_mb": 512, "vcpus": 1, "root_gb": 1,
        "ephemeral_gb": 0, "swap": 0, "rxtx_factor": 1.0, "vcpu_weight": None, "disabled": False,
        "is_public": True, "description": None, "extra_specs": {"hw:cpu_policy": "shared"},
        "created_at": None, "updated_at": None,
    }  # fmt: skip
    return Flavor(**{**values, **more})


def instance(**more: Any) -> Instance:
    """A server that is being built."""
    name = more.get("display_name") or f"server-{uuid.uuid4().hex[:8]}"
    values: dict[str, Any] = {
        "uuid": new_uuid(), "project_id": PROJECT, "user_id": USER, "image_ref": new_uuid(),
        "vm_state": VmState.BUILDING.value, "task_state": TaskState.SCHEDULING.value,
        "power_state": 0, "memory_mb": 512, "vcpus": 1, "root_gb": 1, "ephemeral_gb": 0,
        "hostname": name, "display_name": name, "launch_index": 0, "flavor": flavor(),
        "metadata": {"role": "web"}, "system_metadata": {"image_os_distro": "debian"},
        "network_info": [], "tags": [], "keypairs": [], "trusted_certs": None,
        "numa_topology": None, "pci_requests": None,
        "block_devices": [],
    }  # fmt: skip
    return Instance(**{**values, **more})


def operation(instance_uuid: str, action: str = "create", **more: Any) -> Operation:
    values: dict[str, Any] = {
        "instance_uuid": instance_uuid, "action": action, "kind": action, "version": "1.0",
        "request_id": f"req-{new_uuid()}", "user_id": USER, "project_id": PROJECT,
        "start_time": now(), "finish_time": None, "message": None,
        "state": OperationState.ACCEPTED.value, "cursor": 0, "owner": None,
        "lease_expires_at": None, "deadline": now() + timedelta(hours=1), "attempts": 0,
        "arguments": {}, "progress": {}, "events": [],
    }  # fmt: skip
    return Operation(**{**values, **more})


def outcome(state: OperationState = OperationState.DONE, **more: Any) -> Outcome:
    values: dict[str, Any] = {
        "state": state.value, "instance": {}, "deleted": False, "message": None, "fault": None,
        "events": [], "network_info": None,
    }  # fmt: skip
    return Outcome(**{**values, **more})


def block_device(instance_uuid: str, **more: Any) -> BlockDevice:
    values: dict[str, Any] = {
        "uuid": new_uuid(), "instance_uuid": instance_uuid, "source_type": "volume",
        "destination_type": "volume", "device_type": "disk", "boot_index": 0,
        "device_name": "/dev/vda", "delete_on_termination": False, "volume_id": new_uuid(),
    }  # fmt: skip
    return BlockDevice(**{**values, **more})


def request_spec(instance_uuid: str, **more: Any) -> RequestSpec:
    values: dict[str, Any] = {
        "instance_uuid": instance_uuid, "project_id": PROJECT, "user_id": USER,
        "flavor": flavor(), "image": {"id": new_uuid()}, "num_instances": 1,
        "availability_zone": None, "force_hosts": [], "force_nodes": [], "requested_host": None,
        "requested_node": None, "ignore_hosts": [], "hints": {}, "group": None, "is_bfv": False,
        "security_groups": ["default"], "requested_networks": [], "requested_resources": [],
        "limit_cell": None,
    }  # fmt: skip
    return RequestSpec(**{**values, **more})


def build_request(made: Instance | None = None, **more: Any) -> BuildRequest:
    made = made or instance()
    values: dict[str, Any] = {
        "instance_uuid": made.uuid, "project_id": made.project_id, "instance": made,
        "request_id": f"req-{new_uuid()}", "arguments": {"networks": "auto"}, "owner": None,
        "lease_expires_at": None, "deadline": now() + timedelta(hours=1), "attempts": 0,
        "created_at": None,
    }  # fmt: skip
    return BuildRequest(**{**values, **more})


def compute_node(host: str, **more: Any) -> ComputeNode:
    values: dict[str, Any] = {
        "uuid": new_uuid(), "service_id": None, "host": host, "hypervisor_hostname": host,
        "hypervisor_type": "fake", "hypervisor_version": 1, "vcpus": 8, "memory_mb": 8192,
        "local_gb": 100, "vcpus_used": 0, "memory_mb_used": 0, "local_gb_used": 0,
        "cpu_info": {"arch": "x86_64"}, "stats": {}, "cpu_allocation_ratio": 4.0,
        "ram_allocation_ratio": 1.0, "disk_allocation_ratio": 1.0,
    }  # fmt: skip
    return ComputeNode(**{**values, **more})
