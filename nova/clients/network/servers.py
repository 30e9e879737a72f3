"""Networking of servers over any network service."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from oslo_config import cfg

from nova.clients.network.addresses import ServerAddresses
from nova.clients.network.checking import NetworkCheck
from nova.clients.network.contract import (
    FloatingIp,
    Interface,
    NetworkAsk,
    NetworkPlan,
    NetworkService,
    Port,
    PortNotFound,
    PortQuery,
    Vif,
    Wiring,
)
from nova.clients.network.facts import KnownNetworks
from nova.clients.network.guards import ServerGuards
from nova.clients.network.vifs import VifMaker
from nova.clients.network.wiring import PortWiring
from nova.context import RequestContext
from nova.core.clock import Clock


class ServerNetworking:
    """ServerNetworks: what is asked of the network service for servers."""

    def __init__(
        self,
        service: NetworkService,
        clock: Clock,
        *,
        maker: VifMaker | None = None,
    ) -> None:
        self.service = self._service = service
        self.guards = ServerGuards(service)
        self.addresses = ServerAddresses(service)
        self._known = KnownNetworks(service, clock)
        self._wiring = PortWiring(service, self._known)
        self._check = NetworkCheck(service)
        self._maker = maker or VifMaker()

    def check(self, context: RequestContext, ask: NetworkAsk) -> NetworkPlan:
        return self._check.plan(context, ask)

    def allocate(
        self,
        context: RequestContext,
        wiring: Wiring,
        interfaces: Sequence[Interface],
        *,
        auto: bool = False,
        again: bool = False,
    ) -> tuple[Vif, ...]:
        return self._allocate(context, wiring, interfaces, auto=auto, again=again)

    def _allocate(
        self,
        context: RequestContext,
        wiring: Wiring,
        interfaces: Sequence[Interface],
        *,
        auto: bool = False,
        again: bool,
        known: Collection[str] = (),
    ) -> tuple[Vif, ...]:
        if auto:
            found = self._service.networks.auto_allocated(context, wiring.project_id)
            interfaces = [Interface(network_id=found)]
        if not interfaces:
            return ()
        # All that can fail is asked first: afterwards there are ports to be undone.
        floating = self._floating(context, [one.port_id for one in interfaces if one.port_id])
        self._known.of(context, [one.network_id for one in interfaces if one.network_id])
        ports = self._wiring.connect(context, wiring, interfaces, again=again, known=known)
        facts = self._known.of(context, [port.network_id for port in ports])
        return tuple(
            self._maker.make(
                port,
                facts[port.network_id],
                floating[port.id],
                preexisting=one.preexisting,
                tag=one.tag,
            )
            for port, one in zip(ports, interfaces, strict=True)
        )

    def deallocate(
        self, context: RequestContext, server_id: str, *, preexisting: Collection[str] = ()
    ) -> None:
        self._wiring.release(context, self._ports(context, [server_id]), preexisting)

    def attach(
        self,
        context: RequestContext,
        wiring: Wiring,
        interface: Interface,
        *,
        again: bool = False,
        known: Collection[str] = (),
    ) -> Vif:
        return self._allocate(context, wiring, [interface], again=again, known=known)[0]

    def ports(
        self, context: RequestContext, server_id: str, *, as_user: bool = True
    ) -> tuple[Port, ...]:
        query = PortQuery(device_ids=(server_id,))
        return self._service.ports.list(context, query, as_user=as_user)

    def port(self, context: RequestContext, port_id: str) -> Port:
        return self._service.ports.show(context, port_id, as_user=True)

    def detach(
        self, context: RequestContext, server_id: str, port_id: str, *, preexisting: bool
    ) -> None:
        try:
            port = self._service.ports.show(context, port_id)
        except PortNotFound:
            return
        if port.device_id == server_id:
            self._wiring.release(context, [port], {port_id} if preexisting else ())

    def rebind(
        self,
        context: RequestContext,
        wiring: Wiring,
        profiles: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        for port in self._ports(context, [wiring.server_id]):
            self._wiring.rebind(context, wiring, port, (profiles or {}).get(port.id))

    def info(
        self, context: RequestContext, server_id: str, known: Sequence[Vif] = ()
    ) -> tuple[Vif, ...]:
        return self.info_of_many(context, {server_id: known})[server_id]

    def info_of_many(
        self, context: RequestContext, known: Mapping[str, Sequence[Vif]]
    ) -> dict[str, tuple[Vif, ...]]:
        ports = self._ports(context, known)
        floating = self._floating(context, [port.id for port in ports])
        facts = self._known.of(context, [port.network_id for port in ports])
        found: dict[str, list[Vif]] = defaultdict(list)
        for port in ports:
            before = {vif.port_id: vif for vif in known[port.device_id]}.get(port.id)
            vif = self._maker.make(
                port,
                facts[port.network_id],
                floating[port.id],
                preexisting=bool(before and before.preexisting),
                tag=before.tag if before else None,
            )
            found[port.device_id].append(vif)
        return {one: _ordered(found[one], vifs) for one, vifs in known.items()}

    def _ports(self, context: RequestContext, server_ids: Iterable[str]) -> tuple[Port, ...]:
        wanted = tuple(server_ids)
        return self._service.ports.list(context, PortQuery(device_ids=wanted)) if wanted else ()

    def _floating(
        self, context: RequestContext, port_ids: Sequence[str]
    ) -> Mapping[str, list[FloatingIp]]:
        found: dict[str, list[FloatingIp]] = defaultdict(list)
        if port_ids:
            for one in self._service.floating_ips.list(context, port_ids=port_ids, as_user=False):
                found[one.port_id or ""].append(one)
        return found


def _ordered(vifs: list[Vif], known: Sequence[Vif]) -> tuple[Vif, ...]:
    places = {vif.port_id: place for place, vif in enumerate(known)}
    return tuple(sorted(vifs, key=lambda vif: places.get(vif.port_id, len(places))))


def networking(conf: cfg.ConfigOpts, clock: Clock, service: NetworkService) -> ServerNetworking:
    """As configured by [neutron] and [DEFAULT]flat_injected."""
    return ServerNetworking(
        service,
        clock,
        maker=VifMaker(conf.neutron.ovs_bridge, conf.flat_injected),
    )
