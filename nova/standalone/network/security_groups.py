"""Security groups: named sets of permissions; every project has a default one."""

import uuid
from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.network import tables as t
from nova.standalone.network.attributes import SECURITY_GROUP
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first, rows
from nova.standalone.web.fault import conflict

Row = dict[str, Any]
G = t.SECURITY_GROUPS.c
DEFAULT = "default"


class SecurityGroups:
    kind = SECURITY_GROUP
    table = t.SECURITY_GROUPS

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric

    def before_list(self, workshop: Workshop, caller: Caller) -> None:
        if caller.project_id is None:
            return
        with workshop.look(caller) as work:
            known = _default(work.connection, caller.project_id)
        if known is None:
            with workshop.change(caller) as work:
                default_group(work, caller.project_id)

    def visible(self, work: Work) -> Any:
        return visible_groups(work)

    def writable(self, work: Work, row: Row) -> bool:
        return work.caller.is_admin or work.caller.owns(row["project_id"])

    def documents(self, work: Work, found: list[Row]) -> list[Row]:
        ids = [row["id"] for row in found]
        query = sa.select(t.RULES).where(t.RULES.c.security_group_id.in_(ids))
        rules: dict[str, list[Row]] = {}
        for rule in rows(work.connection, query.order_by(t.RULES.c.created_at)):
            rules.setdefault(rule["security_group_id"], []).append(rule_document(rule))
        return [
            {**row, "shared": False, "security_group_rules": rules.get(row["id"], [])}
            for row in found
        ]

    def create(self, work: Work, values: Row) -> str:
        if values["name"] == DEFAULT:
            raise conflict(
                "Default security group already exists.", "SecurityGroupDefaultAlreadyExists"
            )
        default_group(work, values["project_id"])
        return _make(work, values)

    def update(self, work: Work, row: Row, values: Row) -> None:
        if row["name"] == DEFAULT and values.get("name", DEFAULT) != DEFAULT:
            raise conflict(
                "Updating default security group not allowed.",
                "SecurityGroupCannotUpdateDefault",
            )
        work.touch(t.SECURITY_GROUPS, row["id"], values)

    def delete(self, work: Work, row: Row) -> None:
        if row["name"] == DEFAULT and not work.caller.is_admin:
            raise conflict(
                "Insufficient rights for removing default security group.",
                "SecurityGroupCannotRemoveDefault",
            )
        used = sa.select(t.PORT_GROUPS).where(t.PORT_GROUPS.c.security_group_id == row["id"])
        if first(work.connection, used):
            raise conflict(f"Security Group {row['id']} in use.", "SecurityGroupInUse")
        work.delete(t.SECURITY_GROUPS, G.id == row["id"])
        work.then.append(self._fabric.refresh)


def visible_groups(work: Work) -> Any:
    return sa.true() if work.caller.is_admin else G.project_id == work.caller.project_id


def default_group(work: Work, project_id: str) -> str:
    """Its id; made when the project has none yet."""
    known = _default(work.connection, project_id)
    if known:
        return known
    note = "Default security group"
    values = {"name": DEFAULT, "project_id": project_id, "description": note, "stateful": True}
    group = _make(work, values)
    for version in ("IPv4", "IPv6"):
        _permit(work, group, project_id, "ingress", version, remote_group_id=group)
    return group


def rule_document(rule: Row) -> Row:
    """A rule with the names older clients know it by."""
    return {
        **rule,
        "tenant_id": rule["project_id"],
        "normalized_cidr": rule["remote_ip_prefix"],
        "remote_address_group_id": None,
        "belongs_to_default_sg": None,
        "tags": [],
    }


def _default(connection: sa.Connection, project_id: str) -> str | None:
    query = sa.select(G.id).where(G.project_id == project_id, G.name == DEFAULT)
    found: str | None = connection.scalar(query.order_by(G.created_at))
    return found


def _make(work: Work, values: Row) -> str:
    """A group that lets guests send whatever they like."""
    row = {**values, "id": str(uuid.uuid4()), "tags": [], **work.stamps()}
    work.insert(t.SECURITY_GROUPS, row)
    for version in ("IPv4", "IPv6"):
        _permit(work, row["id"], row["project_id"], "egress", version)
    return str(row["id"])


def _permit(
    work: Work, group: str, project: str, direction: str, version: str, **more: Any
) -> None:
    row = {
        "id": str(uuid.uuid4()),
        "project_id": project,
        "security_group_id": group,
        "direction": direction,
        "ethertype": version,
        "description": "",
        **work.stamps(),
        **more,
    }
    work.insert(t.RULES, row)
