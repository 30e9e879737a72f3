"""What carries the packets: the seam between the network API and a host.

The API keeps what is wished; a fabric makes it so. `records` keeps nothing on
the host, `bridges` builds Linux bridges, DHCP, NAT and packet filters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class FabricError(Exception):
    """The host refused; the port cannot be bound."""


@dataclass(frozen=True, slots=True)
class FabricTraits:
    """What a fabric can do. `overlapping`: two networks may use the same addresses."""

    mtu: int = 1500
    ip_versions: frozenset[int] = frozenset({4, 6})
    overlapping: bool = True
    filters: bool = False


@dataclass(frozen=True, slots=True)
class Vif:
    """How a hypervisor plugs a guest's device into a network."""

    type: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubnetPlan:
    id: str
    cidr: str
    gateway: str | None
    dhcp: bool
    nameservers: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A permission. `protocol` is an IP protocol number; `remote` holds prefixes.

    For ICMP the ports are type and code. An empty `remote` means anybody, None
    that nobody is meant (a group without members).
    """

    direction: str
    ethertype: str
    protocol: int | None = None
    ports: tuple[int, int] | None = None
    remote: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class PortPlan:
    """A guest's device. `guarded` ports are filtered by `rules` and cannot spoof."""

    id: str
    mac: str
    addresses: tuple[tuple[str, str], ...]
    bound: bool
    up: bool
    hostname: str = ""
    guarded: bool = True
    pairs: tuple[tuple[str, str], ...] = ()
    rules: tuple[RulePlan, ...] = ()

    @property
    def device(self) -> str:
        return device_name(self.id)


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    id: str
    mtu: int
    up: bool = True
    domain: str = ""
    subnets: tuple[SubnetPlan, ...] = ()
    ports: tuple[PortPlan, ...] = ()

    @property
    def bridge(self) -> str:
        return f"brq{self.id[:11]}"


class Cloud(Protocol):
    """What a fabric asks of the API, from its own threads."""

    def plans(self) -> Sequence[NetworkPlan]:
        """All networks as they are wished now."""

    def carried(self, present: Mapping[str, bool]) -> None:
        """Say of ports whether their devices are on their networks now."""


class Fabric(Protocol):
    @property
    def traits(self) -> FabricTraits: ...

    def start(self, cloud: Cloud) -> None:
        """Take over what an earlier run left, and follow the wishes from now on."""

    def ready(self, network: NetworkPlan) -> Vif:
        """Make the network usable by a device before it is bound. Raises FabricError."""

    def carries(self, port_id: str) -> bool:
        """Whether the port's device is on its network, filters in place."""

    def refresh(self) -> None:
        """Something was changed; follow soon. Does not block."""

    def stop(self) -> None:
        """End threads; what is on the host keeps working."""

    def teardown(self) -> None:
        """Stop, and remove everything of ours from the host."""


def device_name(port_id: str) -> str:
    """The tap device of a port: 14 characters, as every Neutron names it."""
    return f"tap{port_id[:11]}"
