"""Ports: a guest's place on a network, with MAC, addresses, groups and a binding."""

import secrets
import uuid
from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.network import bindings, ipam
from nova.standalone.network import tables as t
from nova.standalone.network.attributes import PORT
from nova.standalone.network.errors import disallowed, missing
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.happenings import Notifier, events_of
from nova.standalone.network.networks import owns_network, visible_network
from nova.standalone.network.port_view import port_documents
from nova.standalone.network.security_groups import default_group, visible_groups
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first
from nova.standalone.web.fault import conflict

Row = dict[str, Any]
P = t.PORTS.c
COLUMNS = tuple(column.key for column in t.PORTS.columns)
SERVICE_OWNED = ("network:", "neutron:")
MAC_PREFIX = "fa:16:3e"
MAC_TRIES = 16


class Ports:
    kind = PORT
    table = t.PORTS

    def __init__(self, fabric: Fabric, notifier: Notifier) -> None:
        self._fabric = fabric
        self._notifier = notifier

    def before_list(self, workshop: Workshop, caller: Caller) -> None:
        """Ports are made by people and by compute only."""

    def visible(self, work: Work) -> Any:
        if work.caller.is_admin:
            return sa.true()
        mine = sa.select(t.NETWORKS.c.id).where(t.NETWORKS.c.project_id == work.caller.project_id)
        return sa.or_(P.project_id == work.caller.project_id, P.network_id.in_(mine))

    def writable(self, work: Work, row: Row) -> bool:
        return True  # who sees a port owns it, or its network

    def documents(self, work: Work, found: list[Row]) -> list[Row]:
        return port_documents(work.connection, found)

    def create(self, work: Work, values: Row) -> str:
        network = visible_network(work, values["network_id"])
        self._entitled(work, network, values, "create_port")
        values.setdefault("port_security_enabled", network["port_security_enabled"])
        port: Row = {
            **values,
            "id": str(uuid.uuid4()),
            "status": "DOWN",
            "tags": [],
            **work.stamps(),
        }
        self._insert(work, port)
        ipam.allocate(work, port, values.get("fixed_ips"))
        groups = values.get("security_groups")
        self._join(work, port, self._usual(work, port) if groups is None else groups)
        bindings.create(work, port, values)
        self._settle(work, None, port["id"])
        return str(port["id"])

    def update(self, work: Work, row: Row, values: Row) -> None:
        network = visible_network(work, row["network_id"])
        self._entitled(work, network, values, "update_port")
        before = port_documents(work.connection, [row])[0]
        self._change(work, row, values)
        if "fixed_ips" in values:
            ipam.replace(work, row, values["fixed_ips"])
        if "security_groups" in values or values.get("port_security_enabled") is False:
            merged = {**row, "security_groups": before["security_groups"], **values}
            self._join(work, merged, merged["security_groups"])
        bindings.update(work, row, values)
        self._settle(work, before, row["id"])

    def delete(self, work: Work, row: Row) -> None:
        if row["device_owner"].startswith(SERVICE_OWNED) and not work.caller.is_admin:
            raise conflict(
                f"Port {row['id']} cannot be deleted directly via the port API: has device "
                f"owner {row['device_owner']}.",
                "ServicePortInUse",
            )
        before = port_documents(work.connection, [row])[0]
        work.delete(t.PORTS, P.id == row["id"])
        self._tell(work, before, None)

    def settle(self, work: Work, before: Row, port_id: str) -> None:
        """After a change of bindings that was made elsewhere."""
        self._settle(work, before, port_id)

    def get(self, work: Work, port_id: str) -> Row:
        row = first(work.connection, sa.select(t.PORTS).where(P.id == port_id))
        if row is None:
            raise missing("port", port_id)
        return row

    def _settle(self, work: Work, before: Row | None, port_id: str) -> None:
        """Bind as wished, give the status that follows, tell whom it concerns."""
        bindings.plug(work, self._fabric, port_id)
        after = port_documents(work.connection, [self.get(work, port_id)])[0]
        bound = bool(after["binding:host_id"]) and after["binding:vif_type"] != "binding_failed"
        status = "ACTIVE" if self._live(after, bound) else "DOWN"
        if status != after["status"]:
            same = sa.update(t.PORTS).where(P.id == port_id)
            work.connection.execute(same.values(status=status))
        work.fresh[port_id] = {**after, "status": status}
        self._tell(work, before, {**after, "status": status})

    def _live(self, port: Row, bound: bool) -> bool:
        return bound and port["admin_state_up"] and self._fabric.carries(port["id"])

    def _tell(self, work: Work, before: Row | None, after: Row | None) -> None:
        events = events_of(before, after)
        work.then.append(self._fabric.refresh)
        if events:
            work.then.append(lambda: self._notifier.notify(events))

    def _entitled(self, work: Work, network: Row, values: Row, action: str) -> None:
        """403 for what only the owner of the network chooses."""
        if owns_network(work, network):
            return
        for attribute in PORT.attributes:
            value = values.get(attribute.name, attribute.default)
            if attribute.network_owner and value != attribute.default:
                raise disallowed(f"{action}:{attribute.name}")
        if any("ip_address" in wish for wish in values.get("fixed_ips", ())):
            raise disallowed(f"{action}:fixed_ips:ip_address")

    def _insert(self, work: Work, port: Row) -> None:
        """With the MAC it has, or with one that nobody else on the network has."""
        wished = "mac_address" in port
        for _ in range(1 if wished else MAC_TRIES):
            port.setdefault("mac_address", _random_mac())
            try:
                work.insert(t.PORTS, {name: port[name] for name in COLUMNS if name in port})
                return
            except sa.exc.IntegrityError:
                taken = port.pop("mac_address")
        if wished:
            raise _mac_in_use(port["network_id"], taken) from None
        raise conflict(
            f"Unable to generate unique mac on network {port['network_id']}.",
            "MacAddressGenerationFailure",
        )

    def _change(self, work: Work, row: Row, values: Row) -> None:
        stored = {name: values[name] for name in COLUMNS if name in values}
        try:
            work.touch(t.PORTS, row["id"], stored)
        except sa.exc.IntegrityError:
            raise _mac_in_use(row["network_id"], stored["mac_address"]) from None

    def _usual(self, work: Work, port: Row) -> list[str]:
        if not port["port_security_enabled"] or port["device_owner"].startswith(SERVICE_OWNED):
            return []
        return [default_group(work, port["project_id"])]

    def _join(self, work: Work, port: Row, groups: list[str]) -> None:
        """Make these the port's groups."""
        if groups and not port["port_security_enabled"]:
            raise conflict(
                "Port security must be enabled and port must have an IP address in order to use "
                "security groups.",
                "PortSecurityAndIPRequiredForSecurityGroups",
            )
        visible = sa.select(t.SECURITY_GROUPS.c.id).where(visible_groups(work))
        known = set(work.connection.scalars(visible.where(t.SECURITY_GROUPS.c.id.in_(groups))))
        for group in groups:
            if group not in known:
                raise missing("security_group", group)
        work.delete(t.PORT_GROUPS, t.PORT_GROUPS.c.port_id == port["id"])
        for group in known:
            work.insert(t.PORT_GROUPS, {"port_id": port["id"], "security_group_id": group})


def _random_mac() -> str:
    tail = secrets.token_bytes(3)
    return ":".join((MAC_PREFIX, *(f"{byte:02x}" for byte in tail)))


def _mac_in_use(network_id: str, mac: str) -> Exception:
    return conflict(
        f"Unable to complete operation for network {network_id}. The mac address {mac} is in use.",
        "MacAddressInUse",
    )
