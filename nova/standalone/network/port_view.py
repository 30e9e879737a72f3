"""Ports as documents: rows with their addresses, groups and active binding."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.network import tables as t
from nova.standalone.storage import rows

Row = dict[str, Any]


def port_documents(connection: sa.Connection, found: list[Row]) -> list[Row]:
    """Complete documents, private attributes included; four statements for any number."""
    ids = [row["id"] for row in found]
    networks = list({row["network_id"] for row in found})
    addresses = _addresses(connection, ids)
    groups = _groups(connection, ids)
    active = _bindings(connection, ids)
    domains = _domains(connection, networks)
    return [
        {
            **row,
            "fixed_ips": addresses.get(row["id"], []),
            "security_groups": groups.get(row["id"], []),
            "allowed_address_pairs": _pairs(row),
            "dns_assignment": _names(row, addresses.get(row["id"], []), domains),
            "dns_domain": "",
            "extra_dhcp_opts": [],
            "ip_allocation": "immediate",
            "qos_policy_id": None,
            **_binding(active[row["id"]]),
        }
        for row in found
    ]


def _addresses(connection: sa.Connection, ids: list[str]) -> dict[str, list[Row]]:
    query = sa.select(t.ALLOCATIONS).where(t.ALLOCATIONS.c.port_id.in_(ids))
    found: dict[str, list[Row]] = {}
    for row in rows(connection, query.order_by(t.ALLOCATIONS.c.place)):
        item = {"subnet_id": row["subnet_id"], "ip_address": row["ip_address"]}
        found.setdefault(row["port_id"], []).append(item)
    return found


def _groups(connection: sa.Connection, ids: list[str]) -> dict[str, list[str]]:
    table = t.PORT_GROUPS
    query = sa.select(table).where(table.c.port_id.in_(ids)).order_by(table.c.security_group_id)
    found: dict[str, list[str]] = {}
    for row in rows(connection, query):
        found.setdefault(row["port_id"], []).append(row["security_group_id"])
    return found


def _bindings(connection: sa.Connection, ids: list[str]) -> dict[str, Row]:
    table = t.BINDINGS
    query = sa.select(table).where(table.c.port_id.in_(ids), table.c.status == "ACTIVE")
    return {row["port_id"]: row for row in rows(connection, query)}


def _domains(connection: sa.Connection, ids: list[str]) -> dict[str, str]:
    query = sa.select(t.NETWORKS.c.id, t.NETWORKS.c.dns_domain).where(t.NETWORKS.c.id.in_(ids))
    return {row["id"]: row["dns_domain"] for row in rows(connection, query)}


def _binding(row: Row) -> Row:
    return {
        "binding:host_id": row["host"],
        "binding:profile": row["profile"],
        "binding:vnic_type": row["vnic_type"],
        "binding:vif_type": row["vif_type"],
        "binding:vif_details": row["vif_details"],
    }


def _pairs(row: Row) -> list[Row]:
    return [{"mac_address": row["mac_address"], **pair} for pair in row["allowed_address_pairs"]]


def host_label(dns_name: str, address: str) -> str:
    """A name of its own for every address that nobody named."""
    return dns_name or "host-" + address.replace(".", "-").replace(":", "-")


def _names(row: Row, addresses: list[Row], domains: dict[str, str]) -> list[Row]:
    domain = domains.get(row["network_id"], "").rstrip(".")
    found = []
    for item in addresses:
        label = host_label(row["dns_name"], item["ip_address"])
        name = f"{label}.{domain}." if domain else f"{label}."
        found.append({"ip_address": item["ip_address"], "hostname": label, "fqdn": name})
    return found
