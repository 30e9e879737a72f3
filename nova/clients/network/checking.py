"""What a user asked for of the network service: resolved and verified."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nova.clients.network.contract import (
    CannotAutoAllocate,
    ExternalNetworkForbidden,
    FixedIpInUse,
    Interface,
    Network,
    NetworkAmbiguous,
    NetworkAsk,
    NetworkNotFound,
    NetworkPlan,
    NetworkRequiresSubnet,
    NetworkService,
    Port,
    PortInUse,
    PortLimitExceeded,
    PortNotFound,
    PortQuery,
    PortRequiresFixedIp,
    SecurityGroupCannotBeApplied,
)
from nova.clients.network.vifs import TUNNELS
from nova.context import RequestContext

# The group that every port gets without asking.
DEFAULT_GROUP = "default"


@dataclass(frozen=True)
class NetworkCheck:
    service: NetworkService

    def plan(self, context: RequestContext, ask: NetworkAsk) -> NetworkPlan:
        if ask.interfaces == "none":
            return NetworkPlan(count=ask.count)
        groups = self._groups(context, ask.security_groups)
        if ask.interfaces and ask.interfaces != "auto":
            plan = self._chosen(context, ask, tuple(ask.interfaces), bool(groups))
        else:
            plan = self._implied(context, ask)
        plan = replace(plan, security_groups=groups)
        return replace(plan, count=self._affordable(context, ask.count, plan))

    def _groups(self, context: RequestContext, names: Sequence[str]) -> tuple[str, ...]:
        if set(names) <= {DEFAULT_GROUP}:
            return ()
        return tuple(one.id for one in self.service.security_groups.resolve(context, names))

    def _implied(self, context: RequestContext, ask: NetworkAsk) -> NetworkPlan:
        """Nothing was named: the one network there is, or an automatic one."""
        networks = self.service.networks.usable(context)
        if len(networks) > 1:
            raise NetworkAmbiguous()
        if networks:
            _check_external(networks, ask)
            interfaces = (Interface(network_id=networks[0].id),)
            return self._located(context, ask, NetworkPlan(interfaces=interfaces))
        if ask.interfaces == "auto":
            project = context.project_id or ""
            if not self.service.networks.can_auto_allocate(context, project):
                raise CannotAutoAllocate(project_id=project)
            return NetworkPlan(auto=True)
        return NetworkPlan()

    def _chosen(
        self, context: RequestContext, ask: NetworkAsk, wanted: tuple[Interface, ...], guarded: bool
    ) -> NetworkPlan:
        ports = self._ports(context, [one.port_id for one in wanted if one.port_id])
        networks = self._networks(
            context, [one.network_id for one in wanted if one.network_id and not one.port_id]
        )
        _check_external(networks, ask)
        if guarded:
            _check_groups_apply(networks)
        for one in wanted:
            if one.address and not one.port_id:
                self._check_free(context, one)
        by_id = {port.id: port for port in ports}
        interfaces = tuple(
            replace(one, network_id=by_id[one.port_id].network_id) if one.port_id else one
            for one in wanted
        )
        return self._located(context, ask, NetworkPlan(interfaces=interfaces, ports=ports))

    def _ports(self, context: RequestContext, ids: Sequence[str]) -> tuple[Port, ...]:
        """Ports of the project, free to use, in order.  One call."""
        if not ids:
            return ()
        twice = [one for one, times in Counter(ids).items() if times > 1]
        if twice:
            raise PortInUse(port_id=twice[0])
        found = {one.id: one for one in self.service.ports.list(context, PortQuery(tuple(ids)))}
        for port_id in ids:
            _check_port(context, port_id, found.get(port_id))
        return tuple(found[one] for one in ids)

    def _networks(self, context: RequestContext, ids: Sequence[str]) -> tuple[Network, ...]:
        if not ids:
            return ()
        found = self.service.networks.usable(context, ids)
        missing = set(ids) - {one.id for one in found}
        if missing:
            raise NetworkNotFound(network_id=", ".join(sorted(missing)))
        for one in found:
            if not one.subnet_ids:
                raise NetworkRequiresSubnet(network_id=one.id)
        return found

    def _check_free(self, context: RequestContext, wanted: Interface) -> None:
        query = PortQuery(network_ids=(wanted.network_id or "",), fixed_ip=wanted.address)
        for port in self.service.ports.list(context, query):
            raise FixedIpInUse(address=wanted.address, server_id=port.device_id)

    def _located(
        self, context: RequestContext, ask: NetworkAsk, plan: NetworkPlan
    ) -> NetworkPlan:
        """With the physical side of the networks, when that matters to anybody."""
        ids = [one.network_id for one in plan.interfaces if one.network_id]
        on_devices = any(port.vnic_type != "normal" for port in plan.ports)
        if not ids or not (ask.located or on_devices):
            return plan
        networks = self.service.networks.list(context, ids)
        sides_of = {one.id: one.segments or ((one.physical_network, one.network_type),)
                    for one in networks}
        sides = [side for found in sides_of.values() for side in found]
        return replace(
            plan,
            physical_networks=frozenset(name for name, _ in sides if name),
            tunneled=any(kind in TUNNELS for _, kind in sides),
            physical_of={
                network: named[0] for network, found in sides_of.items()
                if (named := [name for name, _ in found if name])
            },
        )

    def _affordable(self, context: RequestContext, count: int, plan: NetworkPlan) -> int:
        """How many of `count` servers the project's ports suffice for."""
        needed = sum(not one.preexisting for one in plan.interfaces) + plan.auto
        if not needed:
            return count
        free = self.service.ports.quota(context, context.project_id or "").free
        if free is not None:
            count = min(count, free // needed)
        if count < 1:
            raise PortLimitExceeded()
        return count


def _check_port(context: RequestContext, port_id: str, port: Port | None) -> None:
    if port is None or port.project_id != context.project_id:
        raise PortNotFound(port_id=port_id)
    if port.device_id:
        raise PortInUse(port_id=port_id)
    if not port.addresses and port.ip_allocation not in ("none", "deferred"):
        raise PortRequiresFixedIp(port_id=port_id)


def _check_external(networks: Sequence[Network], ask: NetworkAsk) -> None:
    for one in networks:
        if one.external and not one.shared and not ask.allow_external:
            raise ExternalNetworkForbidden(network_id=one.id)


def _check_groups_apply(networks: Sequence[Network]) -> None:
    for one in networks:
        if not one.port_security_enabled:
            raise SecurityGroupCannotBeApplied()
