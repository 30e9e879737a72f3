"""Address arithmetic: default gateways and pools, and the next free address."""

import ipaddress
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Pool = Mapping[str, str]


def network(cidr: str) -> Net:
    return ipaddress.ip_network(cidr)


def usable(net: Net) -> tuple[int, int]:
    """First and last address a guest can have, as numbers."""
    first, last = int(net.network_address), int(net.broadcast_address)
    if net.num_addresses <= 2:
        return first, last
    return first + 1, last - (1 if net.version == 4 else 0)


def default_gateway(net: Net) -> str:
    return str(_address(net.version, usable(net)[0]))


def default_pools(net: Net, gateway: str | None) -> list[dict[str, str]]:
    """All usable addresses but the gateway's."""
    first, last = usable(net)
    if gateway is None or ipaddress.ip_address(gateway) not in net:
        spans = [(first, last)]
    else:
        hole = int(ipaddress.ip_address(gateway))
        spans = [(first, hole - 1), (hole + 1, last)]
    return [
        {"start": str(_address(net.version, low)), "end": str(_address(net.version, high))}
        for low, high in spans
        if low <= high
    ]


def pool_fault(net: Net, gateway: str | None, pools: Sequence[Pool]) -> str | None:
    """What is wrong with the pools, None when nothing is."""
    spans = []
    for pool in pools:
        low, high = (ipaddress.ip_address(pool.get(end, "::")) for end in ("start", "end"))
        shown = f"{low}-{high}"
        if low not in net or high not in net or int(low) > int(high):
            return f"The allocation pool {shown} is not valid in {net}."
        if gateway and int(low) <= int(ipaddress.ip_address(gateway)) <= int(high):
            return f"Gateway ip {gateway} conflicts with allocation pool {shown}."
        spans.append((int(low), int(high)))
    spans.sort()
    for (_, end), (start, _) in pairwise(spans):
        if start <= end:
            return "Found overlapping allocation pools."
    return None


def next_free(pools: Sequence[Pool], last: str | None, taken: Container[str]) -> str | None:
    """The first address after `last` that is not taken, around once; None when full."""
    after = int(ipaddress.ip_address(last)) if last else -1
    for candidate in _walk(pools, after):
        text = str(candidate)
        if text not in taken:
            return text
    return None


def _walk(pools: Sequence[Pool], after: int) -> Iterator[Address]:
    spans = [(ipaddress.ip_address(pool["start"]), int(ipaddress.ip_address(pool["end"])))
             for pool in pools]  # fmt: skip
    for start, end in spans:
        for value in range(max(int(start), after + 1), end + 1):
            yield _address(start.version, value)
    for start, end in spans:
        for value in range(int(start), min(end, after) + 1):
            yield _address(start.version, value)


def inside(cidr: str, address: str) -> bool:
    return ipaddress.ip_address(address) in network(cidr)


def eui64(cidr: str, mac: str) -> str:
    """The address a guest gives itself under SLAAC."""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    low = int.from_bytes(bytes([*parts[:3], 0xFF, 0xFE, *parts[3:]]), "big")
    return str(_address(6, int(network(cidr).network_address) + low))


def overlaps(cidr: str, others: Sequence[str]) -> str | None:
    mine = network(cidr)
    for other in others:
        net: Any = network(other)
        if net.version == mine.version and mine.overlaps(net):
            return other
    return None


def _address(version: int, value: int) -> Address:
    return ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value)
