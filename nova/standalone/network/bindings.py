"""Where ports are plugged: one active binding, and prepared ones for moves."""

import logging
from typing import Any

import sqlalchemy as sa

from nova.standalone.network import tables as t
from nova.standalone.network.errors import disallowed
from nova.standalone.network.fabric import Fabric, FabricError, Vif
from nova.standalone.network.plans import network_plan
from nova.standalone.network.work import Work
from nova.standalone.storage import first, rows

LOG = logging.getLogger(__name__)
Row = dict[str, Any]
B = t.BINDINGS.c
UNBOUND = Vif("unbound")
FAILED = Vif("binding_failed")


def create(work: Work, port: Row, values: Row) -> None:
    row = {
        "port_id": port["id"],
        "host": values.get("binding:host_id") or "",
        "status": "ACTIVE",
        "vnic_type": values.get("binding:vnic_type", "normal"),
        "profile": values.get("binding:profile", {}),
        "vif_type": "unbound",
        "vif_details": {},
    }
    work.insert(t.BINDINGS, row)


def update(work: Work, port: Row, values: Row) -> None:
    """Take over `binding:` values; a changed one unplugs until plug() is called."""
    active = get_active(work.connection, port["id"])
    changed = {
        column: values[name]
        for column, name in (("vnic_type", "binding:vnic_type"), ("profile", "binding:profile"))
        if name in values
    }
    if "binding:host_id" in values:
        changed["host"] = values["binding:host_id"] or ""
    changed = {name: value for name, value in changed.items() if value != active[name]}
    if not changed:
        return
    if "host" in changed:
        work.delete(t.BINDINGS, *_prepared(port["id"], changed["host"]))
    changed |= {"vif_type": "unbound", "vif_details": {}}
    _store(work, port["id"], active["host"], changed)


def plug(work: Work, fabric: Fabric, port_id: str) -> None:
    """Give every binding that has a host, but no VIF yet, what to plug into."""
    waiting = sa.select(t.BINDINGS).where(
        B.port_id == port_id, B.host != "", B.vif_type.in_(("unbound", "binding_failed"))
    )
    for binding in rows(work.connection, waiting):
        vif = _vif(work, fabric, port_id, binding)
        values = {"vif_type": vif.type, "vif_details": dict(vif.details)}
        _store(work, port_id, binding["host"], values)


def get_active(connection: sa.Connection, port_id: str) -> Row:
    query = sa.select(t.BINDINGS).where(B.port_id == port_id, B.status == "ACTIVE")
    found = first(connection, query)
    if found is None:
        raise LookupError(f"port {port_id} has no active binding")
    return found


def require_admin(work: Work, action: str) -> None:
    if not work.caller.is_admin:
        raise disallowed(action)


def _vif(work: Work, fabric: Fabric, port_id: str, binding: Row) -> Vif:
    if binding["vnic_type"] != "normal":
        return FAILED
    network_id = work.connection.scalar(
        sa.select(t.PORTS.c.network_id).where(t.PORTS.c.id == port_id)
    )
    try:
        return fabric.ready(network_plan(work.connection, str(network_id)))
    except FabricError:
        LOG.exception("Port %s cannot be bound to %s", port_id, binding["host"])
        return FAILED


def _store(work: Work, port_id: str, host: str, values: Row) -> None:
    same = sa.and_(B.port_id == port_id, B.host == host)
    work.connection.execute(sa.update(t.BINDINGS).where(same).values(values))


def _prepared(port_id: str, host: str) -> tuple[Any, ...]:
    return (B.port_id == port_id, B.host == host, B.status == "INACTIVE")
