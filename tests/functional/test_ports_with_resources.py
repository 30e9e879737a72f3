"""Ports that ask placement for bandwidth of their own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nova.clients.network.contract import Port, PortDraft
from nova.clients.network.memory import NetworkMemory
from nova.clients.placement.contract import Inventory
from nova.context import admin_context
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

CONTEXT = admin_context()
BANDWIDTH = "NET_BW_EGR_KILOBIT_PER_SEC"
GROUPS = ("5f5f0000-0000-4000-8000-000000000001", "5f5f0000-0000-4000-8000-000000000002")
CARD = "5f5f0000-0000-4000-8000-0000000000ca"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud().start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def card(cloud: Cloud) -> str:
    """The network agent's provider below the host's."""
    (node,) = cloud.stores.cell(CELL1_UUID).nodes.find(host="host1")
    cloud.placement.providers.ensure(CONTEXT, CARD, "host1:agent:card", node.uuid)
    cloud.placement.facts.set_inventories(CONTEXT, CARD, {BANDWIDTH: Inventory(10_000)})
    return CARD


def asking_port(cloud: Cloud, resource_request: dict[str, Any]) -> Port:
    (made,) = NetworkMemory(cloud.network_state).ports.create(
        CONTEXT, [PortDraft(cloud.net.id, PROJECT, "", "")]
    )
    asking = replace(made, resource_request=resource_request)
    cloud.network_state.put_port(asking)
    return asking


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"request_groups": [
            {"id": GROUPS[0], "resources": {BANDWIDTH: 1000}, "required": []},
            {"id": GROUPS[1], "resources": {BANDWIDTH: 500}, "required": []},
        ], "same_subtree": list(GROUPS)}, dict.fromkeys(GROUPS, CARD)),
        ({"resources": {BANDWIDTH: 1500}, "required": []}, CARD),
    ],
    ids=["groups", "older"],
)  # fmt: skip
def test_a_port_says_who_serves_it(
    cloud: Cloud, card: str, asked: dict[str, Any], told: Any
) -> None:
    port = asking_port(cloud, asked)
    reply = cloud.boot(networks=[{"port": port.id}])
    assert reply.status == 202, reply.body
    uuid = reply.body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    bound = cloud.network_state.port(port.id)
    assert (bound.host, bound.profile) == ("host1", {"allocation": told})
    held = cloud.placement.allocations.get(CONTEXT, uuid).resources
    assert dict(held[card]) == {BANDWIDTH: 1500}
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "GONE")
    assert "allocation" not in cloud.network_state.port(port.id).profile
