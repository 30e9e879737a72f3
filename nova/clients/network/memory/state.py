"""All that a network service in memory knows."""

import ipaddress
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from nova.clients.gate import Gate, open_gate
from nova.clients.network.contract import (
    FixedIpInUse,
    FixedIpInvalid,
    FloatingIp,
    Network,
    NetworkNotFound,
    NoMoreFixedIps,
    Port,
    PortAddress,
    PortBinding,
    PortNotFound,
    SecurityGroup,
    Subnet,
)

UNLIMITED = -1


class NetworkState:
    """Share one among clients to give them one service.

    `lock` makes one (a clock's `lock`).  Ids count up, so that a run can be
    repeated.  `wired` says whether a port that is bound becomes active at once.
    """

    def __init__(
        self,
        lock: Callable[[], AbstractContextManager[object]],
        gate: Gate = open_gate,
        *,
        wired: bool = True,
        port_limit: int = UNLIMITED,
    ) -> None:
        self.networks: dict[str, Network] = {}
        self.subnets: dict[str, Subnet] = {}
        self.ports: dict[str, Port] = {}
        self.bindings: dict[tuple[str, str], PortBinding] = {}
        self.groups: dict[str, SecurityGroup] = {}
        self.floating: dict[str, FloatingIp] = {}
        self.wired = wired
        self.port_limit = port_limit
        self.vif_type = "ovs"
        # Where nothing can be bound, and kinds of interface that no host has.
        self.refusing_hosts: set[str] = set()
        self.refused_kinds: set[str] = set()
        self.auto_template: str | None = None
        # Networks by the id of the metadata provider that serves them.
        self.providers: dict[str, tuple[str, ...]] = {}
        self.gate = gate
        self._lock = lock()
        self._numbers = itertools.count(1)
        self._taken: dict[str, set[str]] = {}
        self._fresh: dict[str, Iterator[object]] = {}
        self._by_device: dict[str, dict[str, None]] = defaultdict(dict)

    @contextmanager
    def during(self, operation: str) -> Iterator[None]:
        """Alone with the state, unless the gate objects."""
        self.gate(f"network.{operation}")
        with self._lock:
            yield

    def new_id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._numbers):012x}"

    def new_mac(self) -> str:
        raw = f"{next(self._numbers):06x}"
        return f"fa:16:3e:{raw[0:2]}:{raw[2:4]}:{raw[4:6]}"

    def add_network(
        self, project_id: str, name: str, cidr: str | None = None, **facts: object
    ) -> Network:
        """A network with (if `cidr`) one subnet; `facts` are fields of Network."""
        made = replace(
            Network(self.new_id(), name, project_id, mtu=1450),
            **facts,  # type: ignore[arg-type]
        )
        self.networks[made.id] = made
        if cidr is not None:
            self.add_subnet(made.id, cidr)
        return self.networks[made.id]

    def add_subnet(self, network_id: str, cidr: str, **facts: object) -> Subnet:
        network = self.networks[network_id]
        block = ipaddress.ip_network(cidr)
        plain = Subnet(
            self.new_id(),
            network_id,
            cidr,
            block.version,
            gateway=str(block.network_address + 1),
            project_id=network.project_id,
        )
        made = replace(plain, **facts)  # type: ignore[arg-type]
        self.subnets[made.id] = made
        self._taken[made.id] = {made.gateway} if made.gateway else set()
        self.networks[network_id] = replace(network, subnet_ids=(*network.subnet_ids, made.id))
        return made

    def refuses(self, host: str, vnic_type: str) -> bool:
        return host in self.refusing_hosts or vnic_type in self.refused_kinds

    def network(self, network_id: str) -> Network:
        try:
            return self.networks[network_id]
        except KeyError:
            raise NetworkNotFound(network_id=network_id) from None

    def port(self, port_id: str) -> Port:
        try:
            return self.ports[port_id]
        except KeyError:
            raise PortNotFound(port_id=port_id) from None

    def ports_of(self, ids: Sequence[str], device_ids: Sequence[str]) -> list[Port]:
        """Those with one of the ids, or else of the devices; neither given: all."""
        if ids:
            return [self.ports[one] for one in dict.fromkeys(ids) if one in self.ports]
        if device_ids:
            devices = dict.fromkeys(device_ids)
            return [self.ports[port] for one in devices for port in self._by_device.get(one, ())]
        return list(self.ports.values())

    def put_port(self, port: Port) -> None:
        self.drop_port(port.id)
        self.ports[port.id] = port
        self._by_device[port.device_id][port.id] = None

    def drop_port(self, port_id: str) -> None:
        port = self.ports.pop(port_id, None)
        if port is not None:
            self._by_device[port.device_id].pop(port_id)

    def addresses(self, network: Network, wanted: str | None) -> tuple[PortAddress, ...]:
        """Take addresses on a network: the wanted one, or one of each IP version."""
        subnets = [self.subnets[one] for one in network.subnet_ids]
        if wanted is not None:
            return (self._take(network, subnets, wanted),)
        firsts = {one.version: one for one in reversed(subnets)}
        return tuple(self._next(one) for one in firsts.values())

    def give_back(self, addresses: Sequence[PortAddress]) -> None:
        for one in addresses:
            self._taken.get(one.subnet_id, set()).discard(one.ip)

    def _take(self, network: Network, subnets: Sequence[Subnet], wanted: str) -> PortAddress:
        for one in subnets:
            if ipaddress.ip_address(wanted) in ipaddress.ip_network(one.cidr):
                if wanted in self._taken[one.id]:
                    raise FixedIpInUse(address=wanted, server_id="another port")
                self._taken[one.id].add(wanted)
                return PortAddress(one.id, wanted)
        raise FixedIpInvalid(address=wanted, network_id=network.id)

    def _next(self, subnet: Subnet) -> PortAddress:
        """Addresses never used come first; only then those given back."""
        taken = self._taken[subnet.id]
        hosts = ipaddress.ip_network(subnet.cidr).hosts
        fresh = self._fresh.setdefault(subnet.id, hosts())
        for address in itertools.chain(fresh, hosts()):
            if str(address) not in taken:
                taken.add(str(address))
                return PortAddress(subnet.id, str(address))
        raise NoMoreFixedIps(network_id=subnet.network_id)
