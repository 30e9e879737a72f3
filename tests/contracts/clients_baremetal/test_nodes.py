"""Nodes: the same on the service in memory and over HTTP."""

import json
from dataclasses import replace
from typing import Any

import pytest
import webob
import webob.dec

from nova.clients.baremetal import ironic
from nova.clients.baremetal.contract import (
    BaremetalAbsent,
    BaremetalService,
    BaremetalUnavailable,
    Node,
    NodeNotFound,
)
from nova.clients.baremetal.memory import BaremetalMemory
from nova.conf import new_config
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.standalone.web.in_process import session_for

CONTEXT = RequestContext()
NODES = {
    name: Node(name, f"i-{name}", "active", {"cpus": 2}, (f"52:54:00:00:00:0{number}",))
    for number, name in enumerate(("a", "b", "c"))
}


@webob.dec.wsgify
def service_app(request: webob.Request) -> webob.Response:
    """The part of the protocol that is spoken here."""
    assert request.headers["X-OpenStack-Ironic-API-Version"]
    version, kind, *rest = request.path_info.strip("/").split("/")
    assert (version, kind) == ("v1", "nodes")
    if not rest:
        names = [name for name in NODES if name > request.GET.get("marker", "")]
        return _answer({"nodes": [_row(NODES[n]) for n in names[: int(request.GET["limit"])]]})
    if rest[0] not in NODES:
        return _answer({"error_message": "no such node"}, 404)
    node = NODES[rest[0]]
    if rest[1:] == ["ports"]:
        return _answer({"ports": [{"uuid": "p", "address": each} for each in node.addresses]})
    return _answer(_row(node))


def _row(node: Node) -> dict[str, Any]:
    return {"uuid": node.id, "instance_uuid": node.instance_id,
            "provision_state": node.provision_state, "properties": dict(node.properties)}


def _answer(body: Any, status: int = 200) -> webob.Response:
    return webob.Response(json.dumps(body).encode(), status=status,
                          content_type="application/json", charset=None)


def connected(app: Any) -> BaremetalService:
    conf = new_config()
    conf([], default_config_files=[])
    conf.set_override("endpoint_override", "http://baremetal.test", group="ironic")
    return ironic.connect(
        conf, RealClock(), transport=lambda: session_for({"http://baremetal.test": app})
    )


@pytest.fixture(params=["memory", "rest"])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> BaremetalService:
    monkeypatch.setattr(ironic, "PAGE", 2)
    return BaremetalMemory(NODES) if request.param == "memory" else connected(service_app)


def test_listed(service: BaremetalService) -> None:
    assert service.nodes(CONTEXT) == tuple(replace(n, addresses=()) for n in NODES.values())


def test_shown(service: BaremetalService) -> None:
    assert service.node(CONTEXT, "b") == NODES["b"]
    with pytest.raises(NodeNotFound):
        service.node(CONTEXT, "none")


def test_none_configured() -> None:
    conf = new_config()
    conf([], default_config_files=[])
    service = ironic.connect(conf, RealClock())
    for ask in (lambda: service.nodes(CONTEXT), lambda: service.node(CONTEXT, "a")):
        with pytest.raises(BaremetalAbsent):
            ask()


def test_one_that_refuses() -> None:
    @webob.dec.wsgify
    def refusing(request: webob.Request) -> webob.Response:
        return _answer({"error_message": "no"}, 400)

    with pytest.raises(BaremetalUnavailable):
        connected(refusing).nodes(CONTEXT)
