"""What is known of networks, kept for some seconds: every new port needs it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nova.clients.network.contract import (
    Network,
    NetworkNotFound,
    NetworkService,
    PortQuery,
    Subnet,
)
from nova.context import RequestContext
from nova.core.clock import Clock

# Old enough to save calls while servers are built, young enough to see changes.
KEPT_SECONDS = 20.0
DHCP = "network:dhcp"


@dataclass(frozen=True)
class NetworkFacts:
    """A network and its subnets; `dhcp_servers` are addresses by subnet id."""

    network: Network
    subnets: tuple[Subnet, ...]
    dhcp_servers: dict[str, str]


class KnownNetworks:
    def __init__(self, service: NetworkService, clock: Clock, kept: float = KEPT_SECONDS) -> None:
        self._service = service
        self._clock = clock
        self._kept = kept
        self._known: dict[str, tuple[float, NetworkFacts]] = {}

    def of(self, context: RequestContext, ids: Iterable[str]) -> dict[str, NetworkFacts]:
        """Facts by network id; at most three calls, none when all are known.

        Raises NetworkNotFound for a network that is gone.
        """
        wanted = tuple(dict.fromkeys(ids))
        now = self._clock.monotonic()
        known = {one: entry for one, entry in self._known.items() if entry[0] > now}
        missing = [one for one in wanted if one not in known]
        if missing:
            read = self._read(context, missing)
            known |= {one: (now + self._kept, facts) for one, facts in read.items()}
            self._known = known
        return {one: _found(known, one) for one in wanted}

    def _read(self, context: RequestContext, ids: Sequence[str]) -> dict[str, NetworkFacts]:
        networks = self._service.networks.list(context, ids)
        subnets: dict[str, list[Subnet]] = defaultdict(list)
        for subnet in self._service.networks.subnets(context, ids):
            subnets[subnet.network_id].append(subnet)
        servers = self._dhcp_servers(context, [one for each in subnets.values() for one in each])
        return {one.id: NetworkFacts(one, tuple(subnets[one.id]), servers) for one in networks}

    def _dhcp_servers(self, context: RequestContext, subnets: Sequence[Subnet]) -> dict[str, str]:
        served = dict.fromkeys(one.network_id for one in subnets if one.enable_dhcp)
        if not served:
            return {}
        query = PortQuery(network_ids=tuple(served), device_owner=DHCP)
        ports = self._service.ports.list(context, query)
        return {one.subnet_id: one.ip for port in ports for one in port.addresses}


def _found(known: dict[str, tuple[float, NetworkFacts]], network_id: str) -> NetworkFacts:
    try:
        return known[network_id][1]
    except KeyError:
        raise NetworkNotFound(network_id=network_id) from None
