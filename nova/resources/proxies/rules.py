"""/os-security-group-rules: who may reach servers of a group."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import SecurityGroupNotFound
from nova.core.call import Call, Route
from nova.core.formats import is_uuid
from nova.core.policy import MEMBER
from nova.core.shape import ANYTHING, UUID, Field, obj, string
from nova.errors import Invalid, NotFound
from nova.resources.proxies.group_view import rule_shown
from nova.resources.proxies.paging import UNTIL
from nova.resources.proxies.security_groups import GroupIdMalformed, group_of, policy
from nova.seams import ApiSeams

PROTOCOLS = ("tcp", "udp", "icmp")
LARGEST_PORT, LARGEST_ICMP = 65535, 255
ANY = -1


class RuleIncomplete(Invalid):
    template = "Not enough parameters to build a valid rule."


class ProtocolInvalid(Invalid):
    template = "Invalid IP protocol {protocol}."


class PortsInvalid(Invalid):
    template = "Invalid port range {low}:{high}. {reason}"


class CidrInvalid(Invalid):
    template = "Invalid cidr {cidr}."


class CidrPrefixBad(Invalid):
    template = "Bad prefix for network in cidr {cidr}"


class RuleUnknown(NotFound):
    template = "Security group rule {id} not found."


BODY = obj(Field("security_group_rule", obj(
    Field("parent_group_id", UUID, required=True),
    Field("group_id", string(null=True, format="uuid")),
    *(Field(name, ANYTHING) for name in ("ip_protocol", "from_port", "to_port", "cidr")),
    closed=False,
), required=True), closed=False)  # fmt: skip


def _create(call: Call[ApiSeams]) -> Any:
    asked = call.body["security_group_rule"]
    parent = group_of(call, asked["parent_group_id"])
    source = group_of(call, asked["group_id"]) if asked.get("group_id") else None
    rule = {"direction": "ingress", **_ports(asked, bool(source)), **_remote(asked, bool(source))}
    if source:
        rule["remote_group_id"] = source.id
    made = call.seams.network.service.security_groups.add_rule(call.context, parent.id, rule)
    known = {source.id: source} if source else {}
    return {"security_group_rule": rule_shown(parent.id, made, known)}


def _ports(asked: Mapping[str, Any], of_group: bool) -> dict[str, Any]:
    """Protocol and ports; from a group, none of them means all."""
    protocol, low, high = (asked.get(name) for name in ("ip_protocol", "from_port", "to_port"))
    if of_group and protocol is None and low is None and high is None:
        return {"protocol": None, "port_range_min": None, "port_range_max": None}
    if protocol is None or low is None or high is None:
        raise RuleIncomplete
    name = str(protocol).lower()
    if name not in PROTOCOLS:
        raise ProtocolInvalid(protocol=protocol)
    least, most = _range(name, low, high)
    unlimited = name == "icmp" and least == ANY
    return {
        "protocol": name,
        "port_range_min": None if unlimited else least,
        "port_range_max": None if most == ANY else most,
    }


def _range(protocol: str, low: Any, high: Any) -> tuple[int, int]:
    try:
        least, most = int(low), int(high)
    except (TypeError, ValueError):
        raise PortsInvalid(low=low, high=high, reason="Ports must be integers.") from None
    if protocol == "icmp":
        if not (ANY <= least <= LARGEST_ICMP and ANY <= most <= LARGEST_ICMP):
            raise PortsInvalid(low=low, high=high, reason="For ICMP, the type:code must be valid")
    elif least > most:
        reason = "Former value cannot be greater than the later"
        raise PortsInvalid(low=low, high=high, reason=reason)
    elif not (1 <= least <= most <= LARGEST_PORT):
        reason = f"Valid {protocol.upper()} ports should be between 1-65535"
        raise PortsInvalid(low=low, high=high, reason=reason)
    return least, most


def _remote(asked: Mapping[str, Any], of_group: bool) -> dict[str, Any]:
    if of_group:
        return {"ethertype": "IPv4"}
    cidr = asked.get("cidr") or "0.0.0.0/0"
    try:
        network = ipaddress.ip_interface(str(cidr))
    except ValueError:
        raise CidrInvalid(cidr=cidr) from None
    if network.network.prefixlen == 0 and str(cidr) not in ("0.0.0.0/0", "::/0"):
        raise CidrPrefixBad(cidr=cidr)
    return {"ethertype": f"IPv{network.version}", "remote_ip_prefix": network.with_prefixlen}


def _delete(call: Call[ApiSeams]) -> None:
    rule_id = call.params["id"]
    if not is_uuid(rule_id):
        raise GroupIdMalformed
    try:
        call.seams.network.service.security_groups.delete_rule(call.context, rule_id)
    except SecurityGroupNotFound:
        raise RuleUnknown(id=rule_id) from None


_ALL = "/os-security-group-rules"
ROUTES = (
    Route("POST", _ALL, _create, policy("rule:create", MEMBER, "Let others reach a group"),
          body=BODY, until=UNTIL),
    Route("DELETE", f"{_ALL}/{{id}}", _delete,
          policy("rule:delete", MEMBER, "Let others reach a group no more"), success=202,
          until=UNTIL),
)  # fmt: skip
