"""Security groups of servers, as the API words them."""

from typing import Any

import pytest

from nova.clients.network.contract import NetworkUnavailable, PortDraft
from nova.clients.network.memory import NetworkMemory
from nova.context import RequestContext
from nova.core.validating import CHECKER, Validator
from nova.microversions import BASE
from tests.api.contract import facts
from tests.api.servers import add_server, vifs
from tests.api.world import PROJECT, World

PATH = "/servers/{server_id}/os-security-groups"
TCP = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 80,
       "port_range_max": 80, "remote_ip_prefix": "10.0.0.0/8"}  # fmt: skip
ANY6 = {"direction": "ingress", "ethertype": "IPv6"}
OUT = {"direction": "egress", "ethertype": "IPv4"}


def guarded() -> tuple[World, str, str]:
    """A world, and a server with a port in the group 'web', whose id is the last."""
    world = World()
    network = NetworkMemory(world.network)
    me = RequestContext(user_id="alice", project_id=PROJECT)
    net = world.network.add_network(PROJECT, "private", "10.0.0.0/24")
    web = network.security_groups.create(me, "web", "for the web")
    own = {"direction": "ingress", "ethertype": "IPv4", "remote_group_id": web.id}
    for rule in (TCP, ANY6, OUT, own):
        network.security_groups.add_rule(me, web.id, rule)
    uuid = add_server(world, "one", network_info=vifs("10.0.0.1"))
    draft = PortDraft(network_id=net.id, project_id=PROJECT, device_id=uuid,
                      device_owner="compute:nova", security_groups=(web.id,))  # fmt: skip
    network.ports.create(me, [draft])
    return world, uuid, web.id


def test_rules_are_worded_anew() -> None:
    world, uuid, group_id = guarded()
    body = world.ask("GET", f"/servers/{uuid}/os-security-groups").json
    schema = facts.schema_of(("GET", PATH, None), "response", BASE)
    assert not list(Validator(schema, format_checker=CHECKER).iter_errors(body))
    (group,) = body["security_groups"]
    assert {key: group[key] for key in ("id", "name", "description", "tenant_id")} == {
        "id": group_id, "name": "web", "description": "for the web", "tenant_id": PROJECT,
    }  # fmt: skip
    assert [_told(rule) for rule in group["rules"]] == [
        ("tcp", 80, 80, {"cidr": "10.0.0.0/8"}, {}),
        (None, None, None, {"cidr": "::/0"}, {}),
        (None, None, None, {}, {"name": "web", "tenant_id": PROJECT}),
    ]
    assert all(rule["parent_group_id"] == group_id for rule in group["rules"])


def _told(rule: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(rule[k] for k in ("ip_protocol", "from_port", "to_port", "ip_range", "group"))


def test_shown_with_servers_unless_the_network_service_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, uuid, _ = guarded()
    for path in (f"/servers/{uuid}", "/servers/detail"):
        body = world.ask("GET", path).json
        server = body.get("server") or body["servers"][0]
        assert server["security_groups"] == [{"name": "web"}]

    def away(_operation: str) -> None:
        raise NetworkUnavailable(service="The network service", reason="away")

    monkeypatch.setattr(world.network, "during", away)
    answer = world.ask("GET", f"/servers/{uuid}")
    assert answer.status_int == 200
    assert "security_groups" not in answer.json["server"]
    assert world.ask("GET", f"/servers/{uuid}/os-security-groups").status_int == 503
