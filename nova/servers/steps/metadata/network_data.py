"""network_data.json: links, networks and services of a guest's interfaces."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nova.clients.network.contract import Vif, VifSubnet

# Kinds of link that a guest is told by name; others are `phy`.
NAMED_LINKS = frozenset({"bridge", "dvs", "hw_veb", "hyperv", "ovs", "tap", "vhostuser", "vif"})
ANYWHERE = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - a route
Json = dict[str, Any]


def network_data(vifs: Iterable[Vif]) -> Json:
    """Of each interface the first subnet of each kind."""
    links: list[Json] = []
    networks: list[Json] = []
    services: list[Json] = []
    for vif in vifs:
        subnets = list(_first_of_each_kind(vif.network.subnets))
        if not subnets:
            continue
        link = _link(vif, len(links))
        links.append(link)
        for subnet in subnets:
            networks.append(_network(vif, subnet, len(networks), link["id"]))
            services += [one for one in _services(subnet) if one not in services]
    return {"links": links, "networks": networks, "services": services}


def _first_of_each_kind(subnets: Sequence[VifSubnet]) -> Iterator[VifSubnet]:
    for version in (4, 6):
        found = next((one for one in subnets if one.version == version and one.ips), None)
        if found is not None:
            yield found


def _link(vif: Vif, number: int) -> Json:
    return {
        "id": vif.devname or f"interface{number}",
        "vif_id": vif.port_id,
        "type": vif.vif_type if vif.vif_type in NAMED_LINKS else "phy",
        "mtu": None if any(map(_answers_dhcp, vif.network.subnets)) else vif.mtu,
        "ethernet_mac_address": vif.mac,
    }


def _answers_dhcp(subnet: VifSubnet) -> bool:
    return bool(subnet.enable_dhcp or subnet.dhcp_server)


def _network(vif: Vif, subnet: VifSubnet, number: int, link: str) -> Json:
    kind = f"ipv{subnet.version}"
    found: Json = {"id": f"network{number}", "link": link, "network_id": vif.network_id}
    if subnet.ipv6_address_mode:
        return {**found, "type": f"{kind}_{subnet.ipv6_address_mode}", **_static(subnet)}
    if _answers_dhcp(subnet):
        return {**found, "type": f"{kind}_dhcp"}
    return {**found, "type": kind, **_static(subnet)}


def _static(subnet: VifSubnet) -> Json:
    network = ipaddress.ip_network(subnet.cidr)
    return {
        "ip_address": subnet.ips[0].address,
        "netmask": str(network.netmask),
        "routes": list(_routes(subnet)),
        "services": _services(subnet),
    }


def _routes(subnet: VifSubnet) -> Iterator[Json]:
    if subnet.gateway:
        anywhere = ANYWHERE[subnet.version]
        yield {"network": anywhere, "netmask": anywhere, "gateway": subnet.gateway}
    for route in subnet.routes:
        network = ipaddress.ip_network(route.cidr)
        yield {
            "network": str(network.network_address),
            "netmask": str(network.netmask),
            "gateway": route.gateway,
        }


def _services(subnet: VifSubnet) -> list[Json]:
    return [{"type": "dns", "address": address} for address in subnet.dns]
