"""From a port and its network to what a server keeps of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nova.clients.network.contract import (
    FixedIp,
    FloatingIp,
    Port,
    Route,
    Subnet,
    Vif,
    VifNetwork,
    VifSubnet,
)
from nova.clients.network.facts import NetworkFacts

# The longest name of a network device, less the ending zero of the kernel's field.
DEVICE_NAME_LENGTH = 14
# Kinds of port that are plugged into the integration switch of Open vSwitch.
OVS_KINDS = frozenset({"ovs", "agilio_ovs"})


@dataclass(frozen=True)
class VifMaker:
    """`ovs_bridge` is the integration switch of a host, `injected` whether guests
    get their addresses by file."""

    ovs_bridge: str = "br-int"
    injected: bool = False

    def make(
        self,
        port: Port,
        facts: NetworkFacts,
        floating: Sequence[FloatingIp] = (),
        *,
        preexisting: bool = False,
        tag: str | None = None,
    ) -> Vif:
        on_ovs = port.vif_type in OVS_KINDS or bool(port.details.get("vhostuser_ovs_plug"))
        return Vif(
            port_id=port.id,
            mac=port.mac,
            network=self._network(port, facts, floating, on_ovs),
            vif_type=port.vif_type,
            vnic_type=port.vnic_type,
            details=port.details,
            profile=port.profile,
            devname=f"tap{port.id}"[:DEVICE_NAME_LENGTH],
            active=port.status == "ACTIVE" or not port.admin_state_up,
            preexisting=preexisting,
            delegate_create=True,
            ovs_interfaceid=port.id if on_ovs else None,
            tag=tag,
        )

    def _network(
        self, port: Port, facts: NetworkFacts, floating: Sequence[FloatingIp], on_ovs: bool
    ) -> VifNetwork:
        network = facts.network
        return VifNetwork(
            network_id=network.id,
            label=network.name,
            bridge=self._bridge(port, on_ovs),
            subnets=_subnets(port, facts, floating),
            project_id=network.project_id,
            mtu=network.mtu,
            injected=self.injected,
            physical_network=network.physical_network,
            tunneled=network.network_type in TUNNELS,
        )

    def _bridge(self, port: Port, on_ovs: bool) -> str | None:
        details: Mapping[str, Any] = port.details
        if on_ovs:
            return str(details.get("bridge_name") or self.ovs_bridge)
        if port.vif_type == "bridge":
            return str(details.get("bridge_name") or f"brq{port.network_id}"[:DEVICE_NAME_LENGTH])
        return None


TUNNELS = frozenset({"vxlan", "gre", "geneve", "stt"})


def _subnets(
    port: Port, facts: NetworkFacts, floating: Sequence[FloatingIp]
) -> tuple[VifSubnet, ...]:
    """The subnets that the port has addresses in, in the order of the addresses."""
    by_id = {one.id: one for one in facts.subnets}
    used = dict.fromkeys(one.subnet_id for one in port.addresses)
    return tuple(
        _subnet(by_id[one], port, facts.dhcp_servers.get(one), floating)
        for one in used
        if one in by_id
    )


def _subnet(
    subnet: Subnet, port: Port, dhcp_server: str | None, floating: Sequence[FloatingIp]
) -> VifSubnet:
    return VifSubnet(
        cidr=subnet.cidr,
        version=subnet.version,
        gateway=subnet.gateway,
        dns=subnet.dns,
        routes=tuple(Route(*one) for one in subnet.routes),
        ips=tuple(
            FixedIp(one.ip, tuple(f.address for f in floating if f.fixed_ip == one.ip))
            for one in port.addresses
            if one.subnet_id == subnet.id
        ),
        dhcp_server=dhcp_server,
        subnet_id=subnet.id,
        enable_dhcp=subnet.enable_dhcp,
        ipv6_address_mode=subnet.ipv6_address_mode,
    )
