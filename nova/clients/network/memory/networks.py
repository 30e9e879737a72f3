"""Networks, security groups and floating IPs in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nova.clients.network.contract import (
    CannotAutoAllocate,
    FloatingIp,
    FloatingIpNotFound,
    FloatingIpPoolNotFound,
    Network,
    PortNotFound,
    SecurityGroup,
    SecurityGroupInUse,
    SecurityGroupNotFound,
    Subnet,
)
from nova.clients.network.memory.state import NetworkState
from nova.clients.network.picking import pick
from nova.context import RequestContext

AUTO_NAME = "auto_allocated_network"


class MemoryNetworks:
    def __init__(self, state: NetworkState) -> None:
        self._state = state

    def usable(self, context: RequestContext, ids: Sequence[str] = ()) -> tuple[Network, ...]:
        if ids:
            return self.list(context, ids, as_user=True)
        with self._state.during("usable_networks"):
            return tuple(
                one
                for one in self._state.networks.values()
                if one.shared or one.project_id == context.project_id
            )

    def list(
        self, context: RequestContext, ids: Sequence[str] = (), *, as_user: bool = False
    ) -> tuple[Network, ...]:
        with self._state.during("list_networks"):
            wanted = dict.fromkeys(ids or self._state.networks)
            found = (self._state.networks.get(one) for one in wanted)
            return tuple(one for one in found if one and (not as_user or _sees(context, one)))

    def subnets(self, context: RequestContext, network_ids: Sequence[str]) -> tuple[Subnet, ...]:
        with self._state.during("list_subnets"):
            rows = self._state.subnets.values()
            return tuple(one for one in rows if one.network_id in network_ids)

    def subnets_of(self, context: RequestContext, subnet_ids: Sequence[str]) -> tuple[Subnet, ...]:
        with self._state.during("list_subnets"):
            return tuple(one for one in self._state.subnets.values() if one.id in subnet_ids)

    def of_provider(self, context: RequestContext, provider_id: str) -> tuple[str, ...]:
        with self._state.during("list_subnets"):
            return tuple(self._state.providers.get(provider_id, ()))

    def auto_allocated(self, context: RequestContext, project_id: str) -> str:
        with self._state.during("auto_allocate"):
            for one in self._state.networks.values():
                if (one.project_id, one.name) == (project_id, AUTO_NAME):
                    return one.id
            if self._state.auto_template is None:
                raise CannotAutoAllocate(project_id=project_id)
            return self._state.add_network(project_id, AUTO_NAME, self._state.auto_template).id

    def can_auto_allocate(self, context: RequestContext, project_id: str) -> bool:
        with self._state.during("can_auto_allocate"):
            return self._state.auto_template is not None


class MemorySecurityGroups:
    def __init__(self, state: NetworkState) -> None:
        self._state = state

    def resolve(self, context: RequestContext, names: Sequence[str]) -> tuple[SecurityGroup, ...]:
        with self._state.during("resolve_groups"):
            own = self._own(context)
            return tuple(pick(own, name) for name in dict.fromkeys(names))

    def list(
        self, context: RequestContext, ids: Sequence[str] = (), name: str | None = None,
        *, of_all: bool = False,
    ) -> tuple[SecurityGroup, ...]:
        with self._state.during("list_groups"):
            return tuple(
                one
                for one in (self._state.groups.values() if ids or of_all else self._own(context))
                if context.is_admin or one.project_id == context.project_id
                if (not ids or one.id in ids) and name in (None, one.name)
            )

    def create(self, context: RequestContext, name: str, description: str) -> SecurityGroup:
        with self._state.during("create_group"):
            project = context.project_id or ""
            made = SecurityGroup(self._state.new_id(), name, project, description)
            self._state.groups[made.id] = made
            return made

    def update(
        self, context: RequestContext, group_id: str, name: str, description: str
    ) -> SecurityGroup:
        with self._state.during("update_group"):
            changed = replace(self._group(group_id), name=name, description=description)
            self._state.groups[group_id] = changed
            return changed

    def delete(self, context: RequestContext, group_id: str) -> None:
        with self._state.during("delete_group"):
            self._group(group_id)
            if any(group_id in port.security_groups for port in self._state.ports.values()):
                raise SecurityGroupInUse(reason=f"Security Group {group_id} in use.")
            del self._state.groups[group_id]

    def add_rule(
        self, context: RequestContext, group_id: str, rule: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        with self._state.during("add_rule"):
            group = self._group(group_id)
            made = {"id": self._state.new_id(), "security_group_id": group_id, **rule}
            self._state.groups[group_id] = replace(group, rules=(*group.rules, made))
            return made

    def delete_rule(self, context: RequestContext, rule_id: str) -> None:
        with self._state.during("delete_rule"):
            for group in self._state.groups.values():
                kept = tuple(one for one in group.rules if one["id"] != rule_id)
                if len(kept) < len(group.rules):
                    self._state.groups[group.id] = replace(group, rules=kept)
                    return
            raise SecurityGroupNotFound(name=rule_id)

    def _own(self, context: RequestContext) -> Sequence[SecurityGroup]:
        rows = self._state.groups.values()
        return [one for one in rows if one.project_id == context.project_id]

    def _group(self, group_id: str) -> SecurityGroup:
        try:
            return self._state.groups[group_id]
        except KeyError:
            raise SecurityGroupNotFound(name=group_id) from None


class MemoryFloatingIps:
    def __init__(self, state: NetworkState) -> None:
        self._state = state

    def list(
        self,
        context: RequestContext,
        *,
        port_ids: Sequence[str] = (),
        address: str | None = None,
        as_user: bool = True,
    ) -> tuple[FloatingIp, ...]:
        with self._state.during("list_floating_ips"):
            return tuple(
                one
                for one in self._state.floating.values()
                if (not port_ids or one.port_id in port_ids)
                and address in (None, one.address)
                and (not as_user or context.is_admin or one.project_id == context.project_id)
            )

    def show(self, context: RequestContext, floating_id: str) -> FloatingIp:
        with self._state.during("show_floating_ip"):
            return self._one(floating_id)

    def pools(self, context: RequestContext) -> tuple[Network, ...]:
        with self._state.during("list_pools"):
            return tuple(one for one in self._state.networks.values() if one.external)

    def create(self, context: RequestContext, network_id: str) -> FloatingIp:
        with self._state.during("create_floating_ip"):
            network = self._state.networks.get(network_id)
            if network is None or not network.external:
                raise FloatingIpPoolNotFound()
            address = self._state.addresses(network, None)[0].ip
            made = FloatingIp(self._state.new_id(), address, network_id, context.project_id or "")
            self._state.floating[made.id] = made
            return made

    def associate(
        self,
        context: RequestContext,
        floating_id: str,
        port_id: str | None,
        fixed_ip: str | None = None,
    ) -> FloatingIp:
        with self._state.during("associate_floating_ip"):
            one = self._one(floating_id)
            if port_id is None:
                changed = replace(one, port_id=None, fixed_ip=None)
            else:
                ips = [address.ip for address in self._state.port(port_id).addresses]
                if not ips:
                    raise PortNotFound(port_id=port_id)
                changed = replace(one, port_id=port_id, fixed_ip=fixed_ip or ips[0])
            self._state.floating[floating_id] = changed
            return changed

    def delete(self, context: RequestContext, floating_id: str) -> None:
        with self._state.during("delete_floating_ip"):
            self._one(floating_id)
            del self._state.floating[floating_id]

    def _one(self, floating_id: str) -> FloatingIp:
        try:
            return self._state.floating[floating_id]
        except KeyError:
            raise FloatingIpNotFound(id=floating_id) from None


def _sees(context: RequestContext, network: Network) -> bool:
    own = network.project_id == context.project_id
    return context.is_admin or own or network.shared or network.external
