"""/v2.0/ports/{id}/bindings: preparing a port's move to another host."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.network import tables as t
from nova.standalone.network.attributes import VNIC_TYPES
from nova.standalone.network.bindings import get_active, plug, require_admin
from nova.standalone.network.errors import invalid
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.port_view import port_documents
from nova.standalone.network.ports import Ports
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first, rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import Fault, bad_request, conflict, not_found

Row = dict[str, Any]
B = t.BINDINGS.c


class BindingApi:
    def __init__(self, ports: Ports, fabric: Fabric, workshop: Workshop) -> None:
        self._ports = ports
        self._fabric = fabric
        self._workshop = workshop

    def routes(self) -> tuple[Route, ...]:
        many = "/v2.0/ports/{port}/bindings"
        one = many + "/{host}"
        return (
            Route("GET", many, self.index),
            Route("POST", many, self.create, 201),
            Route("GET", one, self.show),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.delete, 204),
            Route("PUT", one + "/activate", self.activate),
        )

    def index(self, call: Call) -> Row:
        with self._workshop.look(call.caller) as work:
            port = self._port(work, call, "get_port_binding")
            query = sa.select(t.BINDINGS).where(B.port_id == port["id"], B.host != "")
            found = [_view(row) for row in rows(work.connection, query.order_by(B.host))]
        wanted = call.query.getall("host")
        return {"bindings": [one for one in found if not wanted or one["host"] in wanted]}

    def create(self, call: Call) -> Row:
        body = call.part("binding")
        host = body.get("host")
        if not isinstance(host, str) or not host:
            raise bad_request("Required attribute 'host' not specified", "HTTPBadRequest")
        with self._workshop.change(call.caller) as work:
            port = self._port(work, call, "create_port_binding")
            if self._find(work, port, host):
                raise conflict(
                    f"Binding for port {port['id']} on host {host} already exists.",
                    "PortBindingAlreadyExists",
                )
            active = get_active(work.connection, port["id"])
            row = _prepared(port["id"], host, body, active)
            work.insert(t.BINDINGS, row)
            plug(work, self._fabric, port["id"])
            return {"binding": _view(self._get(work, port, host))}

    def show(self, call: Call) -> Row:
        with self._workshop.look(call.caller) as work:
            port = self._port(work, call, "get_port_binding")
            return {"binding": _view(self._get(work, port, call.args["host"]))}

    def update(self, call: Call) -> Row:
        body = call.part("binding")
        with self._workshop.change(call.caller) as work:
            port = self._port(work, call, "update_port_binding")
            row = self._get(work, port, call.args["host"])
            merged = _prepared(port["id"], row["host"], {**row, **body}, row)
            self._set(work, row, {**merged, "status": row["status"]})
            plug(work, self._fabric, port["id"])
            return {"binding": _view(self._get(work, port, row["host"]))}

    def delete(self, call: Call) -> None:
        with self._workshop.change(call.caller) as work:
            port = self._port(work, call, "delete_port_binding")
            row = self._get(work, port, call.args["host"])
            if row["status"] == "ACTIVE":
                before = port_documents(work.connection, [port])[0]
                self._set(work, row, {"host": "", "vif_type": "unbound", "vif_details": {}})
                self._ports.settle(work, before, port["id"])
            else:
                work.delete(t.BINDINGS, B.port_id == port["id"], B.host == row["host"])

    def activate(self, call: Call) -> Row:
        with self._workshop.change(call.caller) as work:
            port = self._port(work, call, "activate")
            before = port_documents(work.connection, [port])[0]
            row = self._get(work, port, call.args["host"])
            if row["status"] == "ACTIVE":
                raise conflict(
                    f"Binding for port {port['id']} on host {row['host']} is already active.",
                    "PortBindingAlreadyActive",
                )
            self._swap(work, port, row)
            self._ports.settle(work, before, port["id"])
            return {"binding": _view(self._get(work, port, row["host"]))}

    def _swap(self, work: Work, port: Row, row: Row) -> None:
        active = get_active(work.connection, port["id"])
        if active["host"]:
            self._set(work, active, {"status": "INACTIVE"})
        else:
            work.delete(t.BINDINGS, B.port_id == port["id"], B.host == "")
        self._set(work, row, {"status": "ACTIVE"})

    def _port(self, work: Work, call: Call, action: str) -> Row:
        require_admin(work, action)
        return self._ports.get(work, call.args["port"])

    def _find(self, work: Work, port: Row, host: str) -> Row | None:
        query = sa.select(t.BINDINGS).where(B.port_id == port["id"], B.host == host)
        return first(work.connection, query)

    def _get(self, work: Work, port: Row, host: str) -> Row:
        row = self._find(work, port, host)
        if row is None or not host:
            raise not_found(
                f"Binding for port {port['id']} for host {host} could not be found.",
                "PortBindingNotFound",
            )
        return row

    def _set(self, work: Work, row: Row, values: Row) -> None:
        same = sa.and_(B.port_id == row["port_id"], B.host == row["host"])
        work.connection.execute(sa.update(t.BINDINGS).where(same).values(values))


def _prepared(port_id: str, host: str, body: Row, usual: Row) -> Row:
    vnic_type = body.get("vnic_type", usual["vnic_type"])
    profile = body.get("profile", {})
    if vnic_type not in VNIC_TYPES:
        raise invalid("vnic_type", f"'{vnic_type}' is not in {list(VNIC_TYPES)}.")
    if not isinstance(profile or {}, dict):
        raise Fault(400, f"'{profile}' is not a dictionary.", "HTTPBadRequest")
    return {
        "port_id": port_id,
        "host": host,
        "status": "INACTIVE",
        "vnic_type": vnic_type,
        "profile": profile or {},
        "vif_type": "unbound",
        "vif_details": {},
    }


def _view(row: Row) -> Row:
    return {name: row[name] for name in row if name != "port_id"}
