"""Which hosts a routed network reaches: the aggregates of its segments' providers."""

from collections.abc import Iterable

from nova.clients.network.contract import NetworkService, Subnet
from nova.clients.placement.contract import PlacementService, ProviderNotFound
from nova.context import RequestContext
from nova.objects.cloud import NetworkRequest
from nova.scheduler.errors import no_valid_host
from nova.scheduler.request import Request


class RoutedNetworks:
    """Asked only when the option for it is set: one call for a port, one for its subnets, one
    to placement for each segment."""

    def __init__(self, network: NetworkService, placement: PlacementService) -> None:
        self._network, self._placement = network, placement

    def __call__(self, context: RequestContext, request: Request) -> list[frozenset[str]]:
        """For each interface on segments its aggregates.  Raises NoValidHost when a segment
        has none: then no host can be on it."""
        wanted = (self._segments(context, one) for one in request.spec.requested_networks or ())
        return [self._aggregates(context, segments) for segments in wanted if segments]

    def _segments(self, context: RequestContext, wish: NetworkRequest) -> frozenset[str]:
        subnets = (self._subnets_of_port(context, wish.port_id) if wish.port_id
                   else self._network.networks.subnets(context, [wish.network_id or ""]))
        return frozenset(subnet.segment_id for subnet in subnets if subnet.segment_id)

    def _subnets_of_port(self, context: RequestContext, port_id: str) -> Iterable[Subnet]:
        """Those of its addresses; a port that has none yet may get one of any."""
        port = self._network.ports.show(context, port_id)
        used = [address.subnet_id for address in port.addresses]
        networks = self._network.networks
        if used:
            return networks.subnets_of(context, used)
        return networks.subnets(context, [port.network_id])

    def _aggregates(self, context: RequestContext, segments: Iterable[str]) -> frozenset[str]:
        found = frozenset[str]().union(*(self._of(context, one) for one in segments))
        if not found:
            raise no_valid_host("No host is known to reach a network's segments.")
        return found

    def _of(self, context: RequestContext, segment: str) -> frozenset[str]:
        try:
            return self._placement.facts.aggregates(context, segment).aggregates
        except ProviderNotFound:
            return frozenset()
