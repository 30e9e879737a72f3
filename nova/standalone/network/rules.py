"""Rules of security groups: permissions, never prohibitions."""

import ipaddress
import uuid
from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.network import tables as t
from nova.standalone.network.attributes import PROTOCOLS, RULE
from nova.standalone.network.errors import disallowed, missing
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.security_groups import rule_document, visible_groups
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first
from nova.standalone.web.fault import Fault, bad_request

Row = dict[str, Any]
R = t.RULES.c
WITH_PORTS = {6, 17, 33, 132, 136}
ICMP = {1, 58}
# Two rules alike in all of these permit the same.
MEANING = (
    "security_group_id", "direction", "ethertype", "protocol", "port_range_min",
    "port_range_max", "remote_ip_prefix", "remote_group_id",
)  # fmt: skip


class Rules:
    kind = RULE
    table = t.RULES

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric

    def before_list(self, workshop: Workshop, caller: Caller) -> None:
        """Groups bring their first rules with them."""

    def visible(self, work: Work) -> Any:
        groups = sa.select(t.SECURITY_GROUPS.c.id).where(visible_groups(work))
        return R.security_group_id.in_(groups)

    def writable(self, work: Work, row: Row) -> bool:
        return work.caller.is_admin or work.caller.owns(row["project_id"])

    def documents(self, work: Work, found: list[Row]) -> list[Row]:
        return [rule_document(row) for row in found]

    def create(self, work: Work, values: Row) -> str:
        self._group(work, values["security_group_id"])
        if values["remote_group_id"]:
            self._group(work, values["remote_group_id"])
        _sensible(values)
        _new(work, values)
        row = {**values, "id": str(uuid.uuid4()), **work.stamps()}
        work.insert(t.RULES, row)
        work.then.append(self._fabric.refresh)
        return str(row["id"])

    def update(self, work: Work, row: Row, values: Row) -> None:
        work.touch(t.RULES, row["id"], values)

    def delete(self, work: Work, row: Row) -> None:
        work.delete(t.RULES, R.id == row["id"])
        work.then.append(self._fabric.refresh)

    def _group(self, work: Work, group_id: str) -> None:
        groups = t.SECURITY_GROUPS
        query = sa.select(groups).where(groups.c.id == group_id, visible_groups(work))
        group = first(work.connection, query)
        if group is None:
            raise missing("security_group", group_id)
        if not (work.caller.is_admin or work.caller.owns(group["project_id"])):
            raise disallowed("create_security_group_rule")


def protocol_number(name: str | None, ethertype: str) -> int | None:
    if name is None:
        return None
    if name in ("icmp", "1") and ethertype == "IPv6":
        return 58
    return PROTOCOLS.get(name) or int(name)


def _sensible(values: Row) -> None:
    """400 for a rule that means nothing."""
    if values["remote_ip_prefix"] and values["remote_group_id"]:
        raise bad_request(
            "Only remote_ip_prefix or remote_group_id may be provided.",
            "SecurityGroupMultipleRemoteEntities",
        )
    prefix = values["remote_ip_prefix"]
    if prefix and f"IPv{ipaddress.ip_network(prefix).version}" != values["ethertype"]:
        raise bad_request(
            f"Conflicting value ethertype {values['ethertype']} for CIDR {prefix}",
            "SecurityGroupRuleParameterConflict",
        )
    _sensible_ports(values)


def _sensible_ports(values: Row) -> None:
    low, high = values["port_range_min"], values["port_range_max"]
    if low is None and high is None:
        return
    number = protocol_number(values["protocol"], values["ethertype"])
    if number in ICMP:
        _sensible_icmp(low, high)
    elif number not in WITH_PORTS:
        raise bad_request(
            "Must also specify protocol if port range is given.",
            "SecurityGroupProtocolRequiredWithPorts",
        )
    elif low is None or high is None or low > high or low < 0:
        raise bad_request(
            "For TCP/UDP protocols, port_range_min must be <= port_range_max",
            "SecurityGroupInvalidPortRange",
        )


def _sensible_icmp(kind: int | None, code: int | None) -> None:
    for field, value in (("type", kind), ("code", code)):
        if value is not None and not 0 <= value <= 255:
            raise bad_request(
                f"Invalid value for ICMP {field}: {value}", "SecurityGroupInvalidIcmpValue"
            )
    if kind is None:
        raise bad_request(
            f"ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is "
            "missing.",
            "SecurityGroupMissingIcmpType",
        )


def _new(work: Work, values: Row) -> None:
    same = [
        R[name].is_(None) if values[name] is None else R[name] == values[name] for name in MEANING
    ]
    known = first(work.connection, sa.select(R.id).where(*same))
    if known:
        raise Fault(
            409,
            f"Security group rule already exists. Rule id is {known['id']}.",
            "SecurityGroupRuleExists",
        )
