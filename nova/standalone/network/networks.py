"""Networks: an L2 segment of this host, with an MTU and a domain."""

import uuid
from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.network import tables as t
from nova.standalone.network.attributes import NETWORK
from nova.standalone.network.errors import disallowed, missing
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first, rows
from nova.standalone.web.fault import bad_request, conflict

Row = dict[str, Any]
N = t.NETWORKS.c
# What belongs to the network itself and goes with it.
OWN_PORTS = ("network:dhcp",)
VIRTUAL = ("provider:network_type", "provider:physical_network", "provider:segmentation_id")


class Networks:
    kind = NETWORK
    table = t.NETWORKS

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric

    def before_list(self, workshop: Workshop, caller: Caller) -> None:
        """Networks are made by people only."""

    def visible(self, work: Work) -> Any:
        return visible_networks(work)

    def writable(self, work: Work, row: Row) -> bool:
        return work.caller.is_admin or work.caller.owns(row["project_id"])

    def documents(self, work: Work, found: list[Row]) -> list[Row]:
        subnets = _subnet_ids(work.connection, [row["id"] for row in found])
        return [
            {
                **row,
                "status": "ACTIVE",
                "subnets": subnets.get(row["id"], []),
                "availability_zone_hints": [],
                "availability_zones": [],
                "ipv4_address_scope": None,
                "ipv6_address_scope": None,
                "provider:network_type": "local",
                "provider:physical_network": None,
                "provider:segmentation_id": None,
            }
            for row in found
        ]

    def create(self, work: Work, values: Row) -> str:
        row: Row = {**_stored(values), "id": str(uuid.uuid4()), "tags": [], **work.stamps()}
        row.setdefault("mtu", self._fabric.traits.mtu)
        self._fitting(row["mtu"])
        work.insert(t.NETWORKS, row)
        work.then.append(self._fabric.refresh)
        return str(row["id"])

    def update(self, work: Work, row: Row, values: Row) -> None:
        self._fitting({**row, **values}["mtu"])
        work.touch(t.NETWORKS, row["id"], _stored(values))
        work.then.append(self._fabric.refresh)

    def delete(self, work: Work, row: Row) -> None:
        ports = sa.select(t.PORTS.c.id).where(
            t.PORTS.c.network_id == row["id"], t.PORTS.c.device_owner.not_in(OWN_PORTS)
        )
        if first(work.connection, ports):
            raise conflict(
                f"Unable to complete operation on network {row['id']}. There are one or more "
                "ports still in use on the network.",
                "NetworkInUse",
            )
        work.delete(t.PORTS, t.PORTS.c.network_id == row["id"])
        work.delete(t.NETWORKS, N.id == row["id"])
        work.then.append(self._fabric.refresh)

    def _fitting(self, mtu: int) -> None:
        most = self._fabric.traits.mtu
        if mtu > most:
            raise bad_request(f"Requested MTU is too big, maximum is {most}", "InvalidInput")


def visible_networks(work: Work) -> Any:
    if work.caller.is_admin:
        return sa.true()
    return sa.or_(
        N.project_id == work.caller.project_id, N.shared.is_(True), N["router:external"].is_(True)
    )


def visible_network(work: Work, network_id: str) -> Row:
    """The network; 404 when it is not there or not to be seen."""
    query = sa.select(t.NETWORKS).where(N.id == network_id, visible_networks(work))
    row = first(work.connection, query)
    if row is None:
        raise missing("network", network_id)
    return row


def owns_network(work: Work, network: Row) -> bool:
    return work.caller.is_admin or work.caller.owns(network["project_id"])


def require_owner(work: Work, network: Row, action: str) -> None:
    if not owns_network(work, network):
        raise disallowed(action)


def _stored(values: Row) -> Row:
    return {name: value for name, value in values.items() if name not in VIRTUAL}


def _subnet_ids(connection: sa.Connection, network_ids: list[str]) -> dict[str, list[str]]:
    query = sa.select(t.SUBNETS.c.id, t.SUBNETS.c.network_id).where(
        t.SUBNETS.c.network_id.in_(network_ids)
    )
    found: dict[str, list[str]] = {}
    for row in rows(connection, query.order_by(t.SUBNETS.c.created_at)):
        found.setdefault(row["network_id"], []).append(row["id"])
    return found
