"""What a cell keeps of a server: the instance, its parts, and its operations."""

from datetime import datetime
from typing import Any

from nova.objects.flavor import Flavor
from nova.objects.registry import NovaObject, versioned


@versioned("1.0")
class Fault(NovaObject):
    """Why a server is in error; `details` is for administrators."""

    instance_uuid: str
    code: int
    message: str
    details: str | None
    host: str | None
    created_at: datetime | None


@versioned("1.1")
class BlockDevice(NovaObject):
    """One row of block_device_mapping.

    A disk that is `encrypted` is so with what the key service keeps as
    `encryption_secret_uuid`.  Version 1.1 tells of that.
    """

    id: int
    uuid: str
    instance_uuid: str
    source_type: str | None
    destination_type: str | None
    guest_format: str | None
    device_type: str | None
    disk_bus: str | None
    boot_index: int | None
    device_name: str | None
    delete_on_termination: bool
    snapshot_id: str | None
    volume_id: str | None
    volume_size: int | None
    volume_type: str | None
    image_id: str | None
    no_device: bool | None
    connection_info: str | None
    tag: str | None
    attachment_id: str | None
    encrypted: bool | None
    encryption_secret_uuid: str | None
    encryption_format: str | None
    encryption_options: str | None


@versioned("1.0")
class Instance(NovaObject):
    """Our record of a server.

    Sizes: `memory_mb` MiB, `root_gb` and `ephemeral_gb` GiB.  `network_info`
    is the list of VIFs as kept in instance_info_caches (see
    nova/clients/network/contract.py).  `locked_by` is None, 'owner' or 'admin'.
    `device_metadata` is what guests are told of named devices (see
    nova/servers/steps/metadata/devices.py).
    `numa_topology` and `pci_requests` are what it wants and has of its host's memory
    nodes and PCI devices (see nova/virt/topology/kept.py, nova/virt/pci/wishes.py).
    """

    id: int
    uuid: str
    user_id: str | None
    project_id: str | None
    image_ref: str | None
    kernel_id: str | None
    ramdisk_id: str | None
    launch_index: int | None
    key_name: str | None
    key_data: str | None
    power_state: int | None
    vm_state: str | None
    task_state: str | None
    memory_mb: int | None
    vcpus: int | None
    root_gb: int | None
    ephemeral_gb: int | None
    hostname: str | None
    host: str | None
    node: str | None
    compute_id: int | None
    launched_on: str | None
    instance_type_id: int | None
    user_data: str | None
    reservation_id: str | None
    launched_at: datetime | None
    terminated_at: datetime | None
    availability_zone: str | None
    display_name: str | None
    display_description: str | None
    locked_by: str | None
    os_type: str | None
    architecture: str | None
    vm_mode: str | None
    root_device_name: str | None
    access_ip_v4: str | None
    access_ip_v6: str | None
    config_drive: str | None
    default_ephemeral_device: str | None
    default_swap_device: str | None
    progress: int | None
    auto_disk_config: bool | None
    disable_terminate: bool
    cleaned: bool
    hidden: bool
    created_at: datetime | None
    updated_at: datetime | None
    deleted_at: datetime | None
    deleted: bool
    metadata: dict[str, str]
    system_metadata: dict[str, str]
    network_info: list[dict[str, Any]]
    flavor: Flavor
    tags: list[str]
    fault: Fault | None
    keypairs: list[dict[str, Any]]
    trusted_certs: list[str] | None
    numa_topology: Any
    pci_requests: Any
    block_devices: list[BlockDevice]
    device_metadata: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The guest's name on its hypervisor, unless the template option says otherwise."""
        return f"instance-{self.id:08x}"

    @property
    def locked(self) -> bool:
        return self.locked_by is not None


@versioned("1.0")
class Event(NovaObject):
    """One step of an operation, as os-instance-actions shows it.

    `result` is None while it runs, then 'Success' or 'Error'.
    """

    event: str
    start_time: datetime | None
    finish_time: datetime | None
    result: str | None
    traceback: str | None
    host: str | None
    details: str | None


@versioned("1.0")
class Operation(NovaObject):
    """An instance action made durable: the unit of the journal.

    `action` is the action's recorded name ('pause'), `kind` the name of the
    declaration that runs it ('reboot-hard' and 'reboot-soft' record the same
    action).  `state` is an OperationState; `owner` who works on it
    ('compute:HOST:BOOT', 'conductor:HOST:BOOT') until `lease_expires_at`;
    past `deadline` the watchdog ends it.  `arguments` is what the user asked
    beyond the action's name, `progress` what the workflow has to remember.
    """

    id: int
    instance_uuid: str
    action: str
    kind: str
    version: str
    request_id: str
    user_id: str | None
    project_id: str | None
    start_time: datetime
    finish_time: datetime | None
    updated_at: datetime | None
    message: str | None
    state: str
    cursor: int
    owner: str | None
    lease_expires_at: datetime | None
    deadline: datetime | None
    attempts: int
    arguments: dict[str, Any]
    progress: dict[str, Any]
    events: list[Event]


@versioned("1.0")
class Outcome(NovaObject):
    """How an operation ended, settled in one transaction.

    `instance` holds the columns to change (vm_state, power_state, host, ...);
    its key `system_metadata`, when there, is merged into the server's.
    task_state is always cleared.  `deleted` removes the instance's row
    (soft-delete of the record).  `fault` is kept when the operation failed.
    `network_info` replaces the cached one unless None.
    """

    state: str
    instance: dict[str, Any]
    deleted: bool
    message: str | None
    fault: Fault | None
    events: list[Event]
    network_info: list[dict[str, Any]] | None
