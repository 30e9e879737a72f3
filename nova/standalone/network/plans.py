"""The wishes in the database as a fabric reads them."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from nova.standalone.network import tables as t
from nova.standalone.network.fabric import NetworkPlan, PortPlan, RulePlan, SubnetPlan
from nova.standalone.network.rules import protocol_number
from nova.standalone.storage import rows

Row = dict[str, Any]


def network_plan(connection: sa.Connection, network_id: str) -> NetworkPlan:
    """One network with its subnets, without ports: enough to plug into."""
    network = rows(connection, sa.select(t.NETWORKS).where(t.NETWORKS.c.id == network_id))[0]
    query = sa.select(t.SUBNETS).where(t.SUBNETS.c.network_id == network_id)
    return _network(network, rows(connection, query), ())


def all_plans(connection: sa.Connection) -> tuple[NetworkPlan, ...]:
    """Everything; a constant number of statements."""
    subnets = _grouped(connection, t.SUBNETS, "network_id")
    ports: dict[str, list[PortPlan]] = defaultdict(list)
    for network_id, port in _ports(connection):
        ports[network_id].append(port)
    return tuple(
        _network(row, subnets[row["id"]], tuple(ports[row["id"]]))
        for row in rows(connection, sa.select(t.NETWORKS).order_by(t.NETWORKS.c.id))
    )


def _network(row: Row, subnets: list[Row], ports: tuple[PortPlan, ...]) -> NetworkPlan:
    return NetworkPlan(
        id=row["id"],
        mtu=row["mtu"],
        up=row["admin_state_up"],
        domain=row["dns_domain"].rstrip("."),
        subnets=tuple(_subnet(subnet) for subnet in subnets),
        ports=ports,
    )


def _subnet(row: Row) -> SubnetPlan:
    return SubnetPlan(
        id=row["id"],
        cidr=row["cidr"],
        gateway=row["gateway_ip"],
        dhcp=row["enable_dhcp"],
        nameservers=tuple(row["dns_nameservers"]),
        routes=tuple((route["destination"], route["nexthop"]) for route in row["host_routes"]),
    )


def _ports(connection: sa.Connection) -> list[tuple[str, PortPlan]]:
    held = _grouped(connection, t.ALLOCATIONS, "port_id")
    bound = sa.select(t.BINDINGS).where(t.BINDINGS.c.host != "")
    hosts = {row["port_id"] for row in rows(connection, bound)}
    groups = {
        port: {row["security_group_id"] for row in found}
        for port, found in _grouped(connection, t.PORT_GROUPS, "port_id").items()
    }
    rules = _rules(connection, groups, held)
    return [
        (row["network_id"], _port(row, held[row["id"]], row["id"] in hosts, rules, groups))
        for row in rows(connection, sa.select(t.PORTS).order_by(t.PORTS.c.id))
    ]


def _port(
    row: Row,
    held: list[Row],
    bound: bool,
    rules: dict[str, list[RulePlan]],
    groups: dict[str, set[str]],
) -> PortPlan:
    mine = [rule for group in sorted(groups.get(row["id"], ())) for rule in rules[group]]
    return PortPlan(
        id=row["id"],
        mac=row["mac_address"],
        addresses=tuple((item["subnet_id"], item["ip_address"]) for item in held),
        bound=bound,
        up=row["admin_state_up"],
        hostname=row["dns_name"],
        guarded=row["port_security_enabled"],
        pairs=tuple(
            (pair.get("mac_address", row["mac_address"]), pair["ip_address"])
            for pair in row["allowed_address_pairs"]
            if "ip_address" in pair
        ),
        rules=tuple(dict.fromkeys(mine)),
    )


def _rules(
    connection: sa.Connection, groups: dict[str, set[str]], held: dict[str, list[Row]]
) -> dict[str, list[RulePlan]]:
    """By group; a remote group stands for the addresses of its members."""
    members: dict[str, list[str]] = defaultdict(list)
    for port, joined in groups.items():
        for group in joined:
            members[group] += [item["ip_address"] for item in held[port]]
    found: dict[str, list[RulePlan]] = defaultdict(list)
    for row in rows(connection, sa.select(t.RULES).order_by(t.RULES.c.id)):
        found[row["security_group_id"]].append(_rule(row, members))
    return found


def _rule(row: Row, members: dict[str, list[str]]) -> RulePlan:
    low, high = row["port_range_min"], row["port_range_max"]
    return RulePlan(
        direction=row["direction"],
        ethertype=row["ethertype"],
        protocol=protocol_number(row["protocol"], row["ethertype"]),
        ports=None if low is None else (low, -1 if high is None else high),
        remote=_remote(row, members),
    )


def _remote(row: Row, members: dict[str, list[str]]) -> tuple[str, ...] | None:
    if row["remote_ip_prefix"]:
        return (row["remote_ip_prefix"],)
    if row["remote_group_id"] is None:
        return ()
    version = ":" if row["ethertype"] == "IPv6" else "."
    addresses = [one for one in members[row["remote_group_id"]] if version in one]
    return tuple(sorted(addresses)) or None


def _grouped(connection: sa.Connection, table: sa.Table, key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(connection, sa.select(table)):
        found[row[key]].append(row)
    return found
