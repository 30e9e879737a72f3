"""What a cell keeps of its hosts."""

from datetime import datetime
from typing import Any, NamedTuple

from nova.objects.registry import NovaObject, versioned


@versioned("1.0")
class Service(NovaObject):
    """A process that reports: one row of services.

    `updated_at` moves with every report; `last_seen_up` likewise.
    """

    id: int
    uuid: str
    host: str
    binary: str
    topic: str | None
    report_count: int
    disabled: bool
    disabled_reason: str | None
    forced_down: bool
    last_seen_up: datetime | None
    version: int
    created_at: datetime | None
    updated_at: datetime | None


class Pulse(NamedTuple):
    """What schedulers ask of a service every few seconds; `seen` is its last report."""

    host: str
    disabled: bool
    forced_down: bool
    version: int
    seen: datetime | None


@versioned("1.0")
class ComputeNode(NovaObject):
    """A hypervisor: one row of compute_nodes.

    Sizes as Instance's.  `cpu_info`, `stats`, `numa_topology`, `pci_stats`
    and `supported_instances` are JSON values; `traits` is what placement gets.
    """

    id: int
    uuid: str
    service_id: int | None
    host: str
    hypervisor_hostname: str
    hypervisor_type: str
    hypervisor_version: int
    vcpus: int
    memory_mb: int
    local_gb: int
    vcpus_used: int
    memory_mb_used: int
    local_gb_used: int
    free_ram_mb: int | None
    free_disk_gb: int | None
    current_workload: int | None
    running_vms: int | None
    disk_available_least: int | None
    host_ip: str | None
    cpu_info: Any
    supported_instances: Any
    stats: Any
    metrics: Any
    pci_stats: Any
    numa_topology: Any
    extra_resources: Any
    cpu_allocation_ratio: float
    ram_allocation_ratio: float
    disk_allocation_ratio: float
    mapped: int | None
    created_at: datetime | None
    updated_at: datetime | None


@versioned("1.0")
class HostDevice(NovaObject):
    """A PCI device that a host offers: one row of pci_devices.

    `status` is available, allocated (it is `instance_uuid`'s, for its wish
    `request_id`) or unavailable (a part or the whole of one that is in use).
    """

    address: str
    vendor_id: str
    product_id: str
    dev_type: str
    dev_id: str | None
    label: str
    status: str
    request_id: str | None
    extra_info: dict[str, Any]
    instance_uuid: str | None
    numa_node: int | None
    parent_addr: str | None
