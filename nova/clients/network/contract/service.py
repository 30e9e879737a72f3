"""The network service itself, cut into themes.

Reads take `as_user`: True asks with the token of the context and sees what the
user may see; False asks with the credentials of this service and sees all,
including bindings.  Writes to ports always use our own credentials, because
binding a port to a host is no right of users.  Every method raises
NetworkUnavailable when the service does not answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nova.clients.network.contract.resources import (
    FloatingIp,
    Network,
    Port,
    PortBinding,
    PortChange,
    PortDraft,
    PortQuery,
    PortQuota,
    SecurityGroup,
    Subnet,
)
from nova.context import RequestContext


class Networks(Protocol):
    def usable(self, context: RequestContext, ids: Sequence[str] = ()) -> tuple[Network, ...]:
        """Networks the context's project owns or shares; with `ids` only those of
        them it can see (in the order of `ids`, unknown ones left out).  One call."""

    def list(
        self, context: RequestContext, ids: Sequence[str] = (), *, as_user: bool = False
    ) -> tuple[Network, ...]:
        """Everything visible, or those of `ids` that are."""

    def subnets(self, context: RequestContext, network_ids: Sequence[str]) -> tuple[Subnet, ...]:
        """The subnets of networks, seen with our own credentials."""

    def subnets_of(
        self, context: RequestContext, subnet_ids: Sequence[str]
    ) -> tuple[Subnet, ...]: ...

    def of_provider(self, context: RequestContext, provider_id: str) -> tuple[str, ...]:
        """Ids of the networks that an advanced service (a metadata provider) serves."""

    def auto_allocated(self, context: RequestContext, project_id: str) -> str:
        """The id of the project's automatic network, made if there is none.
        Raises CannotAutoAllocate."""

    def can_auto_allocate(self, context: RequestContext, project_id: str) -> bool:
        """Whether `auto_allocated` would work; makes nothing."""


class Ports(Protocol):
    def list(
        self, context: RequestContext, query: PortQuery, *, as_user: bool = False
    ) -> tuple[Port, ...]: ...

    def show(self, context: RequestContext, port_id: str, *, as_user: bool = False) -> Port:
        """Raises PortNotFound."""

    def create(self, context: RequestContext, drafts: Sequence[PortDraft]) -> tuple[Port, ...]:
        """Make all of them or none, in order.  One call.

        Raises PortLimitExceeded, NoMoreFixedIps, FixedIpInUse, FixedIpInvalid,
        MacInUse, NetworkNotFound, SecurityGroupNotFound, NetworkRefused.
        """

    def update(
        self,
        context: RequestContext,
        port_id: str,
        change: PortChange,
        *,
        revision: int | None = None,
    ) -> Port:
        """Raises PortNotFound, PortInUse (somebody changed it since `revision`),
        NetworkRefused."""

    def delete(self, context: RequestContext, port_id: str) -> bool:
        """False when it was gone already."""

    def quota(self, context: RequestContext, project_id: str) -> PortQuota: ...


class PortBindings(Protocol):
    """A port on two hosts at a time: inactive bindings prepare a live migration."""

    def create(
        self,
        context: RequestContext,
        port_id: str,
        host: str,
        vnic_type: str = "normal",
        profile: Mapping[str, Any] | None = None,
    ) -> PortBinding:
        """An inactive binding; one that is there for this host already is replaced.
        Raises PortNotFound, PortBindingFailed."""

    def list(self, context: RequestContext, port_id: str) -> tuple[PortBinding, ...]: ...

    def activate(self, context: RequestContext, port_id: str, host: str) -> None:
        """Make it the active one; already active is fine.  Raises PortNotFound."""

    def delete(self, context: RequestContext, port_id: str, host: str) -> bool:
        """False when it was gone already."""


class SecurityGroups(Protocol):
    """Asked with the user's token."""

    def resolve(self, context: RequestContext, names: Sequence[str]) -> tuple[SecurityGroup, ...]:
        """Groups of the context's project by id or name, in order.  One call.
        Raises SecurityGroupNotFound, SecurityGroupAmbiguous."""

    def list(
        self, context: RequestContext, ids: Sequence[str] = (), name: str | None = None,
        *, of_all: bool = False,
    ) -> tuple[SecurityGroup, ...]:
        """Those of the caller's project, or `of_all` that the caller may see."""

    def create(self, context: RequestContext, name: str, description: str) -> SecurityGroup:
        """Raises Forbidden when over quota, NetworkRefused."""

    def update(
        self, context: RequestContext, group_id: str, name: str, description: str
    ) -> SecurityGroup: ...

    def delete(self, context: RequestContext, group_id: str) -> None:
        """Raises SecurityGroupNotFound, SecurityGroupInUse."""

    def add_rule(
        self, context: RequestContext, group_id: str, rule: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """`rule` in the network service's words (direction, ethertype, protocol,
        port_range_min, port_range_max, remote_ip_prefix, remote_group_id)."""

    def delete_rule(self, context: RequestContext, rule_id: str) -> None: ...


class FloatingIps(Protocol):
    """Asked with the user's token, unless said otherwise."""

    def list(
        self,
        context: RequestContext,
        *,
        port_ids: Sequence[str] = (),
        address: str | None = None,
        as_user: bool = True,
    ) -> tuple[FloatingIp, ...]:
        """With neither condition: those of the context's project."""

    def show(self, context: RequestContext, floating_id: str) -> FloatingIp:
        """Raises FloatingIpNotFound."""

    def pools(self, context: RequestContext) -> tuple[Network, ...]:
        """The external networks."""

    def create(self, context: RequestContext, network_id: str) -> FloatingIp:
        """Raises FloatingIpLimitExceeded, NoMoreFixedIps, FloatingIpPoolNotFound."""

    def associate(
        self,
        context: RequestContext,
        floating_id: str,
        port_id: str | None,
        fixed_ip: str | None = None,
    ) -> FloatingIp:
        """Point it to a port's address; a `port_id` of None takes it away."""

    def delete(self, context: RequestContext, floating_id: str) -> None:
        """Raises FloatingIpNotFound."""


class NetworkService(Protocol):
    @property
    def networks(self) -> Networks: ...
    @property
    def ports(self) -> Ports: ...
    @property
    def bindings(self) -> PortBindings: ...
    @property
    def security_groups(self) -> SecurityGroups: ...
    @property
    def floating_ips(self) -> FloatingIps: ...
