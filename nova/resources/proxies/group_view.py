"""Security groups in the words of this API."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import SecurityGroup

Known = Mapping[str, SecurityGroup]


def group_shown(group: SecurityGroup, known: Known) -> dict[str, Any]:
    """`known` are the groups by id that rules may refer to."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "tenant_id": group.project_id,
        "rules": [rule_shown(group.id, rule, known) for rule in group.rules
                  if rule.get("direction", "ingress") == "ingress"],
    }


def rule_shown(group_id: str, rule: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """The network service's rule; without a remote group and prefix it means everywhere."""
    other = rule.get("remote_group_id")
    source = known.get(other or "")
    prefix = rule.get("remote_ip_prefix")
    return {
        "id": rule["id"],
        "parent_group_id": group_id,
        "ip_protocol": rule.get("protocol"),
        "from_port": rule.get("port_range_min"),
        "to_port": rule.get("port_range_max"),
        "group": {"name": source.name, "tenant_id": source.project_id} if source else {},
        "ip_range": {"cidr": prefix or _everywhere(rule)} if not other else {},
    }


def _everywhere(rule: Mapping[str, Any]) -> str:
    return "::/0" if rule.get("ethertype") == "IPv6" else "0.0.0.0/0"
