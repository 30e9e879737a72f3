"""A hint to be in the network of an address."""

import ipaddress

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


class SimpleCIDRAffinityFilter(Filter):
    def check(self, request: Request) -> Check | None:
        near = request.hint("build_near_host_ip")
        if not near:
            return None
        network = _network(near, request.hint("cidr") or "/24")

        def check(host: HostState) -> Refusal | None:
            address = _address(host.host_ip)
            if network is not None and address is not None and address in network:
                return None
            return Refusal("its address is outside the wanted network",
                           asked=str(network or near), free=host.host_ip)

        return check


def _network(near: str, mask: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(f"{near}/{mask.lstrip('/')}", strict=False)
    except ValueError:
        return None


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text or "")
    except ValueError:
        return None
