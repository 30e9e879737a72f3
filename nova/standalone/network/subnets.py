"""Subnets: the addresses of a network, its gateway and its DHCP options."""

import uuid
from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.network import addresses
from nova.standalone.network import tables as t
from nova.standalone.network.attributes import SUBNET
from nova.standalone.network.errors import invalid_input
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.networks import require_owner, visible_network, visible_networks
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first
from nova.standalone.web.fault import bad_request, conflict

Row = dict[str, Any]
S = t.SUBNETS.c
SHORTEST = {4: 8, 6: 48}


class Subnets:
    kind = SUBNET
    table = t.SUBNETS

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric

    def before_list(self, workshop: Workshop, caller: Caller) -> None:
        """Subnets are made by people only."""

    def visible(self, work: Work) -> Any:
        seen = sa.select(t.NETWORKS.c.id).where(visible_networks(work))
        return sa.or_(S.project_id == work.caller.project_id, S.network_id.in_(seen))

    def writable(self, work: Work, row: Row) -> bool:
        return work.caller.is_admin or work.caller.owns(row["project_id"])

    def documents(self, work: Work, found: list[Row]) -> list[Row]:
        constant: Row = {"subnetpool_id": None, "service_types": [], "segment_id": None}
        return [
            {**{key: row[key] for key in row if key != "last_address"}, **constant} for row in found
        ]

    def create(self, work: Work, values: Row) -> str:
        network = visible_network(work, values["network_id"])
        require_owner(work, network, "create_subnet")
        row = {**values, "id": str(uuid.uuid4()), "tags": [], **work.stamps()}
        row["ip_version"] = int(row["ip_version"])
        self._placed(work, row)
        _addressed(row)
        work.insert(t.SUBNETS, row)
        work.then.append(self._fabric.refresh)
        return str(row["id"])

    def update(self, work: Work, row: Row, values: Row) -> None:
        merged = {**row, **values}
        if "allocation_pools" not in values and "gateway_ip" in values:
            merged["allocation_pools"] = row["allocation_pools"]
        if values.get("gateway_ip", row["gateway_ip"]) != row["gateway_ip"]:
            _unused(work, row, values["gateway_ip"])
        _fitting(merged)
        work.touch(t.SUBNETS, row["id"], values)
        work.then.append(self._fabric.refresh)

    def delete(self, work: Work, row: Row) -> None:
        held = sa.select(t.ALLOCATIONS.c.port_id).where(t.ALLOCATIONS.c.subnet_id == row["id"])
        if first(work.connection, held):
            raise conflict(
                f"Unable to complete operation on subnet {row['id']}: One or more ports have an "
                "IP allocation from this subnet.",
                "SubnetInUse",
            )
        work.delete(t.SUBNETS, S.id == row["id"])
        work.then.append(self._fabric.refresh)

    def _placed(self, work: Work, row: Row) -> None:
        """400 for addresses that this fabric, or this network, cannot take."""
        net = addresses.network(row["cidr"])
        if net.version != row["ip_version"]:
            raise invalid_input(f"ip_version {row['ip_version']} does not match cidr {net}.")
        if net.version not in self._fabric.traits.ip_versions:
            raise invalid_input(f"This cloud carries no IPv{net.version} networks.")
        if net.prefixlen < SHORTEST[net.version] or net.is_multicast or net.is_loopback:
            raise invalid_input(f"{net} cannot be used for guests.")
        if net.version == 4 and (row["ipv6_address_mode"] or row["ipv6_ra_mode"]):
            raise invalid_input("ipv6_ra_mode and ipv6_address_mode are for IPv6 only.")
        rivals = sa.select(S.cidr)
        if self._fabric.traits.overlapping:
            rivals = rivals.where(S.network_id == row["network_id"])
        other = addresses.overlaps(row["cidr"], list(work.connection.scalars(rivals)))
        if other:
            raise invalid_input(
                f"Requested subnet with cidr: {net} overlaps with another subnet: {other}."
            )


def _addressed(row: Row) -> None:
    """Fill in gateway and pools where none were asked for."""
    net = addresses.network(row["cidr"])
    if "gateway_ip" not in row:
        row["gateway_ip"] = addresses.default_gateway(net)
    if not row.get("allocation_pools"):
        row["allocation_pools"] = addresses.default_pools(net, row["gateway_ip"])
    _fitting(row)


def _fitting(row: Row) -> None:
    net = addresses.network(row["cidr"])
    gateway = row["gateway_ip"]
    if gateway and not addresses.inside(row["cidr"], gateway):
        raise bad_request(f"Gateway is not valid on subnet: {gateway}.", "GatewayNotValid")
    if gateway and gateway in (str(net.network_address), str(net.broadcast_address)):
        raise bad_request(f"Gateway is not valid on subnet: {gateway}.", "GatewayNotValid")
    fault = addresses.pool_fault(net, gateway, row["allocation_pools"])
    if fault:
        raise bad_request(fault, "InvalidAllocationPool")


def _unused(work: Work, row: Row, gateway: str | None) -> None:
    taken = t.ALLOCATIONS.c
    held = sa.select(taken.port_id).where(taken.subnet_id == row["id"], taken.ip_address == gateway)
    used = first(work.connection, held)
    if used:
        raise conflict(
            f"Current gateway ip {gateway} already in use by port {used['port_id']}. "
            "Unable to update.",
            "GatewayIpInUse",
        )
