"""Giving addresses to ports. Runs inside a write transaction, so it is atomic."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nova.standalone.network import addresses
from nova.standalone.network import tables as t
from nova.standalone.network.errors import invalid_input, missing
from nova.standalone.network.work import Work
from nova.standalone.storage import first, rows
from nova.standalone.web.fault import Fault, conflict

Row = dict[str, Any]
Asked = Sequence[Mapping[str, str]]
A = t.ALLOCATIONS.c
SELF_ASSIGNED = ("slaac", "dhcpv6-stateless")


class _Taken:
    """The allocated addresses of a subnet, asked one by one."""

    def __init__(self, connection: sa.Connection, subnet_id: str) -> None:
        self._connection = connection
        self._query = sa.select(A.port_id).where(A.subnet_id == subnet_id)

    def __contains__(self, address: object) -> bool:
        return first(self._connection, self._query.where(A.ip_address == address)) is not None


def allocate(work: Work, port: Row, asked: Asked | None) -> None:
    """Give the port what it asks for, or (None) one address of each IP version."""
    subnets = _subnets(work.connection, port["network_id"])
    wishes = _defaults(port, subnets) if asked is None else asked
    for place, wish in enumerate(wishes):
        _give(work, port, wish, subnets, place)


def replace(work: Work, port: Row, asked: Asked) -> None:
    """The new wishes; an address held and asked for again stays the port's."""
    held = rows(work.connection, sa.select(t.ALLOCATIONS).where(A.port_id == port["id"]))
    named = {wish.get("ip_address") for wish in asked}
    by_subnet = {
        row["subnet_id"]: row["ip_address"] for row in held if row["ip_address"] not in named
    }
    kept = [
        {**wish, "ip_address": by_subnet[wish["subnet_id"]]}
        if set(wish) == {"subnet_id"} and wish["subnet_id"] in by_subnet
        else wish
        for wish in asked
    ]
    work.delete(t.ALLOCATIONS, A.port_id == port["id"])
    allocate(work, port, kept)


def _give(work: Work, port: Row, wish: Mapping[str, str], subnets: list[Row], place: int) -> None:
    address = wish.get("ip_address")
    subnet = _subnet(port, wish, subnets)
    if address is None:
        address = _choose(work, port, subnet)
    elif not addresses.inside(subnet["cidr"], address):
        raise _invalid_address(f"IP address {address} is not a valid IP for the specified subnet.")
    row = {"subnet_id": subnet["id"], "ip_address": address, "port_id": port["id"], "place": place}
    try:
        work.insert(t.ALLOCATIONS, row)
    except sa.exc.IntegrityError:
        raise conflict(
            f"IP address {address} already allocated in subnet {subnet['id']}",
            "IpAddressAlreadyAllocated",
        ) from None


def _subnet(port: Row, wish: Mapping[str, str], subnets: list[Row]) -> Row:
    """The subnet of the port's network that the wish is for."""
    network = port["network_id"]
    if "subnet_id" in wish:
        for subnet in subnets:
            if subnet["id"] == wish["subnet_id"]:
                return subnet
        raise missing("subnet", wish["subnet_id"])
    for subnet in subnets:
        if "ip_address" in wish and addresses.inside(subnet["cidr"], wish["ip_address"]):
            return subnet
    if "ip_address" not in wish:
        raise invalid_input("IP allocation requires subnet_id or ip_address.")
    raise _invalid_address(
        f"IP address {wish['ip_address']} is not a valid IP for any of the subnets on the "
        f"specified network {network}."
    )


def _choose(work: Work, port: Row, subnet: Row) -> str:
    if subnet["ipv6_address_mode"] in SELF_ASSIGNED:
        return addresses.eui64(subnet["cidr"], port["mac_address"])
    taken = _Taken(work.connection, subnet["id"])
    last = subnet["last_address"]
    found = addresses.next_free(subnet["allocation_pools"], last, taken)
    if found is None:
        raise conflict(
            f"No more IP addresses available on network {port['network_id']}.",
            "IpAddressGenerationFailure",
        )
    same = t.SUBNETS.c.id == subnet["id"]
    work.connection.execute(sa.update(t.SUBNETS).where(same).values(last_address=found))
    subnet["last_address"] = found
    return found


def _defaults(port: Row, subnets: list[Row]) -> list[dict[str, str]]:
    """One subnet of each IP version: the first that still has room."""
    chosen = [
        subnet
        for version in (4, 6)
        for subnet in [one for one in subnets if one["ip_version"] == version][:1]
    ]
    return [{"subnet_id": subnet["id"]} for subnet in chosen]


def _subnets(connection: sa.Connection, network_id: str) -> list[Row]:
    query = sa.select(t.SUBNETS).where(t.SUBNETS.c.network_id == network_id)
    return rows(connection, query.order_by(t.SUBNETS.c.created_at, t.SUBNETS.c.id))


def _invalid_address(message: str) -> Fault:
    return Fault(400, message, "InvalidIpForNetwork")
