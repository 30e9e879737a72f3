"""The bare metal service over HTTP."""

from collections.abc import Mapping
from typing import Any

from oslo_config import cfg

from nova.clients.baremetal.contract import (
    BaremetalService,
    BaremetalUnavailable,
    NoBaremetal,
    Node,
    NodeNotFound,
)
from nova.clients.http import Answer, Call, ServiceHttp, reason
from nova.clients.login import TransportFactory, load_login, pooled_transport
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience
from nova.context import RequestContext
from nova.core.clock import Clock

GROUP = "ironic"
FIELDS = ("fields", "uuid,instance_uuid,provision_state,properties")
# The oldest version with all of it.
VERSION = {"X-OpenStack-Ironic-API-Version": "1.46"}
PAGE = 500


class Ironic:
    """BaremetalService over HTTP."""

    def __init__(self, http: ServiceHttp) -> None:
        self._http = http

    def nodes(self, context: RequestContext) -> tuple[Node, ...]:
        found: list[Node] = []
        marker: tuple[tuple[str, str], ...] = ()
        while True:
            query = (FIELDS, ("limit", str(PAGE)), *marker)
            rows = self._get(context, Call("GET", "/nodes", query=query, headers=VERSION))["nodes"]
            found += [_node(row) for row in rows]
            if len(rows) < PAGE:
                return tuple(found)
            marker = (("marker", rows[-1]["uuid"]),)

    def node(self, context: RequestContext, node_id: str) -> Node:
        ids = {"node": node_id}
        row = self._get(
            context, Call("GET", "/nodes/{node}", ids, (FIELDS,), headers=VERSION), node_id
        )
        ports = self._get(
            context, Call("GET", "/nodes/{node}/ports", ids, headers=VERSION), node_id
        )
        return _node(row, tuple(port["address"] for port in ports["ports"]))

    def _get(
        self, context: RequestContext, call: Call, node_id: str = ""
    ) -> Mapping[str, Any]:
        answer: Answer = self._http.send(context, call)
        if answer.status == 404:
            raise NodeNotFound(node_id=node_id)
        if not answer.ok:
            raise BaremetalUnavailable(service="baremetal", reason=reason(answer))
        body: Mapping[str, Any] = answer.json()
        return body


def _node(row: Mapping[str, Any], addresses: tuple[str, ...] = ()) -> Node:
    return Node(
        row["uuid"], row.get("instance_uuid"), row.get("provision_state"),
        row.get("properties") or {}, addresses,
    )


def connect(
    conf: cfg.ConfigOpts,
    clock: Clock,
    *,
    observer: Observer = unobserved,
    transport: TransportFactory = pooled_transport,
) -> BaremetalService:
    """The bare metal service of group [ironic], if the operator says how to log in there."""
    if not conf[GROUP].auth_type and not conf[GROUP].endpoint_override:
        return NoBaremetal()
    login = load_login(conf, GROUP, "/v1", transport=transport)
    return Ironic(ServiceHttp(
        "baremetal", login, clock, unavailable=BaremetalUnavailable, observer=observer,
        patience=Patience.of(conf[GROUP]),
    ))
