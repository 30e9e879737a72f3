"""What the API database keeps: cells, mappings, requests, keypairs, aggregates."""

from datetime import datetime
from typing import Any

from nova.objects.flavor import Flavor
from nova.objects.registry import NovaObject, versioned
from nova.objects.server import Instance

CELL0_UUID = "00000000-0000-0000-0000-000000000000"


@versioned("1.0")
class CellMapping(NovaObject):
    id: int
    uuid: str
    name: str | None
    transport_url: str
    database_connection: str
    disabled: bool


@versioned("1.0")
class HostMapping(NovaObject):
    host: str
    cell_uuid: str


@versioned("1.0")
class InstanceMapping(NovaObject):
    """Which cell a server lives in; `cell_uuid` None while it is a build request."""

    instance_uuid: str
    cell_uuid: str | None
    project_id: str
    user_id: str | None
    queued_for_delete: bool
    created_at: datetime | None


@versioned("1.0")
class NetworkRequest(NovaObject):
    """One wanted interface: by port, or by network with an optional address."""

    network_id: str | None
    port_id: str | None
    address: str | None
    tag: str | None


@versioned("1.0")
class RequestSpec(NovaObject):
    """What the scheduler is asked: one row of request_specs (as JSON in `spec`).

    `image` is {'id', 'min_ram', 'min_disk', 'size', 'properties': {...}, ...};
    `force_hosts` / `force_nodes` bypass filters, `requested_host` /
    `requested_node` do not.  `hints` is {name: [values]}; `group` the uuid of
    the server group; `ignore_hosts` are never chosen; `resources` maps extra
    resource classes to amounts (filled by pre-filters).  `network_metadata` is {'physnets':
    [names], 'tunneled'}: what guests that care for memory want it near to, and 'devices'
    [{'port', 'spec', 'numa_policy'}] of ports that are devices of the host.
    """

    instance_uuid: str
    project_id: str
    user_id: str | None
    flavor: Flavor
    image: dict[str, Any]
    num_instances: int
    availability_zone: str | None
    force_hosts: list[str]
    force_nodes: list[str]
    requested_host: str | None
    requested_node: str | None
    ignore_hosts: list[str]
    hints: dict[str, list[str]]
    group: str | None
    is_bfv: bool
    security_groups: list[str]
    requested_networks: list[NetworkRequest]
    requested_resources: list[dict[str, Any]]
    limit_cell: str | None
    network_metadata: dict[str, Any]

    def get_scheduler_hint(self, name: str, default: Any = None) -> Any:
        """A hint as filters that operators bring along ask for it: the value of one, the list
        of several."""
        values = self.hints.get(name) if self.hints else None
        if not values:
            return default
        return values[0] if len(values) == 1 else values


@versioned("1.0")
class BuildRequest(NovaObject):
    """A server that was asked for and has no cell yet: the journal's row of a create.

    `networks` is 'auto', 'none' or a list of NetworkRequest primitives inside
    `arguments`.  Owner, lease, deadline and attempts as Operation's.
    """

    id: int
    instance_uuid: str
    project_id: str
    instance: Instance
    request_id: str
    arguments: dict[str, Any]
    owner: str | None
    lease_expires_at: datetime | None
    deadline: datetime
    attempts: int
    created_at: datetime | None


@versioned("1.0")
class Selection(NovaObject):
    """Where one server goes: the chosen host, or one of its alternates.

    `allocation` is the placement claim to make for an alternate (None: claimed).
    `availability_zone` is the zone of the host.
    """

    host: str
    node: str
    compute_uuid: str
    cell_uuid: str
    availability_zone: str | None
    allocation: dict[str, Any] | None
    limits: dict[str, Any]


@versioned("1.0")
class KeyPair(NovaObject):
    id: int
    name: str
    user_id: str
    fingerprint: str
    public_key: str
    type: str
    created_at: datetime | None
    updated_at: datetime | None


@versioned("1.0")
class Aggregate(NovaObject):
    id: int
    uuid: str
    name: str
    hosts: list[str]
    metadata: dict[str, str]
    created_at: datetime | None
    updated_at: datetime | None

    @property
    def availability_zone(self) -> str | None:
        return self.metadata.get("availability_zone")


@versioned("1.0")
class ServerGroup(NovaObject):
    id: int
    uuid: str
    name: str
    project_id: str
    user_id: str
    policy: str
    rules: dict[str, Any]
    members: list[str]
    created_at: datetime | None
