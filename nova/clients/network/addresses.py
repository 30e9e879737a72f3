"""Addresses of servers that have their ports already."""

from collections.abc import Sequence

from nova.clients.network.contract import (
    FixedIpNotAssigned,
    FixedIpNotOfServer,
    FloatingIp,
    FloatingIpNotFoundByAddress,
    FloatingIpNotOfServer,
    NetworkNotOfServer,
    NetworkService,
    NoFixedIp,
    Port,
    PortAddress,
    PortChange,
    PortQuery,
)
from nova.context import RequestContext


class ServerAddresses:
    """nova.clients.network.contract.ServerAddresses over any network service."""

    def __init__(self, service: NetworkService) -> None:
        self._service = service

    def add_fixed(self, context: RequestContext, server_id: str, network_id: str) -> None:
        query = PortQuery(device_ids=(server_id,), network_ids=(network_id,))
        ports = self._service.ports.list(context, query)
        subnets = self._service.networks.subnets(context, [network_id])
        if not ports or not subnets:
            raise NetworkNotOfServer(network_id=network_id, server_id=server_id)
        wanted = (*ports[0].addresses, PortAddress(subnets[0].id, ""))
        self._service.ports.update(context, ports[0].id, PortChange(addresses=wanted))

    def remove_fixed(self, context: RequestContext, server_id: str, address: str) -> None:
        for port in self._ports(context, server_id):
            kept = tuple(one for one in port.addresses if one.ip != address)
            if kept != port.addresses:
                self._service.ports.update(context, port.id, PortChange(addresses=kept))
                return
        raise FixedIpNotOfServer(address=address, server_id=server_id)

    def add_floating(
        self, context: RequestContext, server_id: str, address: str, fixed: str | None
    ) -> None:
        port, ip = _place(self._ports(context, server_id), fixed)
        floating = self._floating(context, address)
        self._service.floating_ips.associate(context, floating.id, port.id, ip)

    def remove_floating(self, context: RequestContext, server_id: str, address: str) -> None:
        floating = self._floating(context, address)
        if floating.port_id not in {port.id for port in self._ports(context, server_id)}:
            raise FloatingIpNotOfServer(address=address, server_id=server_id)
        self._service.floating_ips.associate(context, floating.id, None)

    def _ports(self, context: RequestContext, server_id: str) -> tuple[Port, ...]:
        return self._service.ports.list(context, PortQuery(device_ids=(server_id,)))

    def _floating(self, context: RequestContext, address: str) -> FloatingIp:
        found = self._service.floating_ips.list(context, address=address)
        if not found:
            raise FloatingIpNotFoundByAddress(address=address)
        return found[0]


def _place(ports: Sequence[Port], fixed: str | None) -> tuple[Port, str]:
    """Where a floating address leads to: the address asked for, else the first of version 4."""
    known = [(port, one.ip) for port in ports for one in port.addresses]
    if not known:
        raise NoFixedIp()
    if fixed is not None:
        known = [(port, ip) for port, ip in known if ip == fixed]
    else:
        known = [(port, ip) for port, ip in known if ":" not in ip]
    if not known:
        raise NoFixedIp() if fixed is None else FixedIpNotAssigned()
    return known[0]
