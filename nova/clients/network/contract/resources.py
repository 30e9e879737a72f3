"""Things of the network service, as far as servers are concerned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Network:
    """`shared`: the asking project may use it though it owns it not.  `external`:
    it leads outside.  `mtu` in bytes.  `segments` is (physical network, type)
    pairs for a network of several segments; else physical_network, network_type."""

    id: str
    name: str
    project_id: str
    subnet_ids: tuple[str, ...] = ()
    shared: bool = False
    external: bool = False
    mtu: int | None = None
    admin_state_up: bool = True
    port_security_enabled: bool = True
    physical_network: str | None = None
    network_type: str | None = None
    segments: tuple[tuple[str | None, str | None], ...] = ()


@dataclass(frozen=True)
class Subnet:
    id: str
    network_id: str
    cidr: str
    version: int = 4
    gateway: str | None = None
    dns: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()
    enable_dhcp: bool = True
    segment_id: str | None = None
    ipv6_address_mode: str | None = None
    project_id: str | None = None


@dataclass(frozen=True)
class PortAddress:
    subnet_id: str
    ip: str


@dataclass(frozen=True)
class Port:
    """`host` is where it is bound ("" nowhere); `profile` and `details` are
    binding:profile and binding:vif_details.  `resource_request` is the plain
    fact of the network service: {} or {request_groups, same_subtree} (or the
    older {resources, required}).  `migrating_to` is in `profile`."""

    id: str
    network_id: str
    project_id: str
    mac: str
    status: str = "DOWN"
    device_id: str = ""
    device_owner: str = ""
    name: str = ""
    addresses: tuple[PortAddress, ...] = ()
    security_groups: tuple[str, ...] = ()
    host: str = ""
    vnic_type: str = "normal"
    vif_type: str = "unbound"
    details: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    dns_name: str = ""
    ip_allocation: str | None = None
    admin_state_up: bool = True
    port_security_enabled: bool = True
    resource_request: Mapping[str, Any] = field(default_factory=dict)
    numa_affinity_policy: str | None = None
    device_profile: str | None = None
    binding_failed: bool = False
    revision: int | None = None


@dataclass(frozen=True)
class PortDraft:
    """A port to be made.  None leaves the choice to the network service.

    `address` is a fixed IP asked for.  `host` "" leaves it unbound.
    """

    network_id: str
    project_id: str
    device_id: str
    device_owner: str
    host: str = ""
    address: str | None = None
    mac: str | None = None
    security_groups: tuple[str, ...] | None = None
    vnic_type: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    dns_name: str | None = None
    admin_state_up: bool = True


@dataclass(frozen=True)
class PortChange:
    """What to change of a port; None means: leave it."""

    device_id: str | None = None
    device_owner: str | None = None
    host: str | None = None
    mac: str | None = None
    profile: Mapping[str, Any] | None = None
    vnic_type: str | None = None
    dns_name: str | None = None
    security_groups: tuple[str, ...] | None = None
    addresses: tuple[PortAddress, ...] | None = None


@dataclass(frozen=True)
class PortQuery:
    """Which ports; every given condition must hold, an empty one is no condition."""

    ids: tuple[str, ...] = ()
    device_ids: tuple[str, ...] = ()
    network_ids: tuple[str, ...] = ()
    project_id: str | None = None
    host: str | None = None
    fixed_ip: str | None = None
    device_owner: str | None = None


@dataclass(frozen=True)
class PortBinding:
    """A port on one of several hosts (during a live migration)."""

    port_id: str
    host: str
    active: bool
    vif_type: str = "unbound"
    vnic_type: str = "normal"
    details: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SecurityGroup:
    id: str
    name: str
    project_id: str
    description: str = ""
    rules: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class FloatingIp:
    id: str
    address: str
    network_id: str
    project_id: str
    port_id: str | None = None
    fixed_ip: str | None = None


@dataclass(frozen=True)
class PortQuota:
    """`limit` -1 is unlimited."""

    limit: int
    used: int

    @property
    def free(self) -> int | None:
        """None: no limit."""
        return None if self.limit < 0 else max(0, self.limit - self.used)
