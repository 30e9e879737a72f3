"""Security groups of servers: those of their ports."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from nova.clients.network.contract import (
    NetworkService,
    Port,
    PortChange,
    PortQuery,
    SecurityGroup,
    SecurityGroupCannotBeApplied,
    SecurityGroupNotOfServer,
    ServerHasNoPorts,
)
from nova.context import RequestContext


class ServerGuards:
    """nova.clients.network.contract.ServerGuards over any network service."""

    def __init__(self, service: NetworkService) -> None:
        self._service = service

    def of(
        self, context: RequestContext, server_ids: Sequence[str]
    ) -> dict[str, tuple[SecurityGroup, ...]]:
        ports = self._ports(context, server_ids)
        ids = {group for port in ports for group in port.security_groups}
        if not ids:
            return {}
        listed = self._service.security_groups.list(context, sorted(ids))
        found: dict[str, dict[str, SecurityGroup]] = defaultdict(dict)
        for port in ports:
            for group in listed:
                if group.id in port.security_groups:
                    found[port.device_id][group.id] = group
        return {server_id: tuple(groups.values()) for server_id, groups in found.items()}

    def add(self, context: RequestContext, server_id: str, name: str) -> None:
        (group,) = self._service.security_groups.resolve(context, [name])
        ports = self._some_ports(context, server_id)
        for port in ports:
            if not port.port_security_enabled or not port.addresses:
                raise SecurityGroupCannotBeApplied()
        self._change(context, ports, lambda has: has if group.id in has else (*has, group.id))

    def remove(self, context: RequestContext, server_id: str, name: str) -> None:
        (group,) = self._service.security_groups.resolve(context, [name])
        ports = self._some_ports(context, server_id)
        if not any(group.id in port.security_groups for port in ports):
            raise SecurityGroupNotOfServer(group_id=group.id, server_id=server_id)
        self._change(context, ports, lambda has: tuple(one for one in has if one != group.id))

    def _change(
        self,
        context: RequestContext,
        ports: Sequence[Port],
        changed: Callable[[tuple[str, ...]], tuple[str, ...]],
    ) -> None:
        for port in ports:
            groups = changed(port.security_groups)
            if groups != port.security_groups:
                change = PortChange(security_groups=groups)
                self._service.ports.update(context, port.id, change)

    def _some_ports(self, context: RequestContext, server_id: str) -> tuple[Port, ...]:
        ports = self._ports(context, [server_id])
        if not ports:
            raise ServerHasNoPorts(server_id=server_id)
        return ports

    def _ports(self, context: RequestContext, server_ids: Sequence[str]) -> tuple[Port, ...]:
        return self._service.ports.list(context, PortQuery(device_ids=tuple(server_ids)))
