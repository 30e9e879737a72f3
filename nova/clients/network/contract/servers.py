"""What a server needs of the network service, in few calls.

`nova.clients.network.servers.ServerNetworking` keeps this contract over any
NetworkService.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from nova.clients.network.contract.resources import Port, SecurityGroup
from nova.clients.network.contract.service import NetworkService
from nova.clients.network.contract.vif import Vif
from nova.context import RequestContext

# What a request may say in place of a list of interfaces.
Choice = Literal["auto", "none"]


@dataclass(frozen=True)
class Interface:
    """One network interface asked for: a port, or a network (and an address in it).

    `vnic_type` and `profile` (binding:profile) are known when a host device
    was claimed for it; `security_groups` are ids, None: as for the whole server.
    """

    network_id: str | None = None
    port_id: str | None = None
    address: str | None = None
    tag: str | None = None
    vnic_type: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    mac: str | None = None

    @property
    def preexisting(self) -> bool:
        return self.port_id is not None


@dataclass(frozen=True)
class NetworkAsk:
    """What a user asked for.  `interfaces` None: nothing was said.

    `count` servers are wanted.  `allow_external`: policy lets the user plug
    into external networks.  `security_groups` are names or ids as given.  `located`:
    the plan shall say where the networks are, for guests that want their memory near.
    """

    interfaces: Sequence[Interface] | Choice | None = None
    count: int = 1
    security_groups: Sequence[str] = ()
    allow_external: bool = False
    located: bool = False


@dataclass(frozen=True)
class NetworkPlan:
    """What the ask amounts to: keep it with the request, give it to `allocate`.

    Every interface has its network (`auto` stays open: `auto` True and no
    interfaces).  `count` is how many servers the port quota lets through
    (never above the ask).  `ports` are the given ports as they are now, for
    their resource requests and kinds of interface.  `physical_networks` and
    `tunneled` say what the guest's memory should be near to; `physical_of` has the
    physical network of each network that is on one.
    """

    interfaces: tuple[Interface, ...] = ()
    auto: bool = False
    count: int = 1
    security_groups: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    physical_networks: frozenset[str] = frozenset()
    tunneled: bool = False
    physical_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wiring:
    """Where the ports of a server go.  `zone` makes device_owner "compute:<zone>";
    `hostname` is the DNS name given to ports when the service knows DNS."""

    server_id: str
    project_id: str
    host: str
    zone: str = "None"
    hostname: str = ""
    security_groups: tuple[str, ...] = ()


class ServerGuards(Protocol):
    """The security groups of servers."""

    def of(
        self, context: RequestContext, server_ids: Sequence[str]
    ) -> dict[str, tuple[SecurityGroup, ...]]:
        """Those of each server's ports, as far as the user sees them; two calls."""

    def add(self, context: RequestContext, server_id: str, name: str) -> None:
        """To all ports of the server, by name or id.  Raises SecurityGroupNotFound,
        SecurityGroupAmbiguous, SecurityGroupCannotBeApplied, ServerHasNoPorts."""

    def remove(self, context: RequestContext, server_id: str, name: str) -> None:
        """From all ports.  Raises as `add`, and SecurityGroupNotOfServer."""


class ServerAddresses(Protocol):
    """Addresses that servers get or lose while they have their ports."""

    def add_fixed(self, context: RequestContext, server_id: str, network_id: str) -> None:
        """One more address on the server's port in that network.  Raises
        NetworkNotOfServer, NoMoreFixedIps."""

    def remove_fixed(self, context: RequestContext, server_id: str, address: str) -> None:
        """Raises FixedIpNotOfServer."""

    def add_floating(
        self, context: RequestContext, server_id: str, address: str, fixed: str | None
    ) -> None:
        """Let a floating address of the user's lead to the server (to its address `fixed`),
        and nowhere else.  Raises NoFixedIp, FixedIpNotAssigned, FloatingIpNotFoundByAddress."""

    def remove_floating(self, context: RequestContext, server_id: str, address: str) -> None:
        """Raises FloatingIpNotFoundByAddress, FloatingIpNotOfServer."""


class ServerNetworks(Protocol):
    @property
    def service(self) -> NetworkService:
        """The network service itself."""

    @property
    def guards(self) -> ServerGuards: ...
    @property
    def addresses(self) -> ServerAddresses: ...

    def check(self, context: RequestContext, ask: NetworkAsk) -> NetworkPlan:
        """Resolve and verify what a user asked for; changes nothing.

        Raises NetworkNotFound, NetworkAmbiguous, NetworkRequiresSubnet,
        NetworkDuplicated, ExternalNetworkForbidden, PortNotFound, PortInUse,
        PortRequiresFixedIp, FixedIpInUse, SecurityGroupNotFound (and the other
        errors of contract.errors), PortLimitExceeded when not one server fits.
        """

    def allocate(
        self,
        context: RequestContext,
        wiring: Wiring,
        interfaces: Sequence[Interface],
        *,
        auto: bool = False,
        again: bool = False,
    ) -> tuple[Vif, ...]:
        """Make and bind the ports of a new server, in the order of `interfaces`.

        `again`: it may have been tried before, so ports of this server are
        looked for and used first.  When it fails, ports made by this call are
        gone again and given ports are unbound.
        """

    def deallocate(
        self,
        context: RequestContext,
        server_id: str,
        *,
        preexisting: Collection[str] = (),
    ) -> None:
        """Delete the server's ports; those in `preexisting` (ids) are unbound and
        kept.  What is gone is fine.  All are tried; then the first error is raised."""

    def attach(
        self,
        context: RequestContext,
        wiring: Wiring,
        interface: Interface,
        *,
        again: bool = False,
        known: Collection[str] = (),
    ) -> Vif:
        """One more interface for a server.  `again`: it may have been tried before: a
        port of the server that is not among `known` (ids) is what came of it."""

    def ports(
        self, context: RequestContext, server_id: str, *, as_user: bool = True
    ) -> tuple[Port, ...]:
        """The server's ports as they are now."""

    def port(self, context: RequestContext, port_id: str) -> Port:
        """As the user sees it; raises PortNotFound."""

    def detach(
        self, context: RequestContext, server_id: str, port_id: str, *, preexisting: bool
    ) -> None:
        """Delete one port, or unbind it.  Gone, or of another server: nothing happens."""

    def rebind(
        self,
        context: RequestContext,
        wiring: Wiring,
        profiles: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Bind all ports of the server to `wiring.host`.  `profiles` (by port id)
        replace binding profiles.  Ports that are bound there already are left."""

    def info(
        self, context: RequestContext, server_id: str, known: Sequence[Vif] = ()
    ) -> tuple[Vif, ...]:
        """The server's ports as they are now, in the order of `known`, new ones
        last; tags and `preexisting` are taken from `known`."""

    def info_of_many(
        self, context: RequestContext, known: Mapping[str, Sequence[Vif]]
    ) -> dict[str, tuple[Vif, ...]]:
        """`info` of many servers with a constant number of calls."""
