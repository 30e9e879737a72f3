"""nova-manage placement heal_allocations: what ports hold of the providers below hosts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from nova.clients.network.contract import (
    NetworkRefused,
    NetworkUnavailable,
    Port,
    PortChange,
    PortDraft,
)
from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.placement.contract import Inventory, NotEnoughRoom
from nova.clients.placement.memory import PlacementMemory
from nova.cmd import adapters
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from tests import records
from tests.unit.cmd.places import CONTEXT, a_server

Manage = Callable[..., tuple[int, list[str]]]
HEAL = ("placement", "heal_allocations")
BANDWIDTH = "NET_BW_EGR_KILOBIT_PER_SEC"
CARD = records.new_uuid()


class Wires:
    """The network service, and ports that ask for bandwidth."""

    def __init__(self, state: NetworkState) -> None:
        self.state = state
        self.service = NetworkMemory(self.state)
        self.network = self.state.add_network("p", "net", "10.0.0.0/24")

    def port(self, server: str, amount: int = 1000, groups: bool = True) -> Port:
        (made,) = self.service.ports.create(CONTEXT, [PortDraft(self.network.id, "p", server, "")])
        asked = {"resources": {BANDWIDTH: amount}, "required": []}
        request = {"request_groups": [{"id": f"group-of-{made.id}", **asked}]} if groups else asked
        asking = replace(made, resource_request=request, profile={"trusted": "true"})
        self.state.put_port(asking)
        return asking

    def profile(self, port: Port) -> object:
        return self.state.port(port.id).profile

    @contextmanager
    def failing(self, monkeypatch: pytest.MonkeyPatch, *numbers: int) -> Iterator[None]:
        """The updates of these numbers, from now on."""
        ports, update = self.service.ports, type(self.service.ports).update
        count = iter(range(1, 100))

        def tried(context: object, port_id: str, change: PortChange) -> Port:
            if next(count) in numbers:
                raise NetworkRefused(code=409, reason="no")
            return update(ports, CONTEXT, port_id, change)

        with monkeypatch.context() as patch:
            patch.setattr(ports, "update", tried)
            yield


@pytest.fixture
def wires(wires: NetworkState, monkeypatch: pytest.MonkeyPatch) -> Wires:
    made = Wires(wires)
    monkeypatch.setattr(adapters, "network_service", lambda *_: made.service)
    return made


def add_card(placement: PlacementMemory, node: str, uuid: str = CARD) -> str:
    placement.providers.ensure(CONTEXT, uuid, f"h1:agent:{uuid}", node)
    placement.facts.set_inventories(CONTEXT, uuid, {BANDWIDTH: Inventory(10_000)})
    return uuid


@pytest.fixture
def server(
    cell: SqlCellStore, api: SqlApiStore, cell1: str, node: str, placement: PlacementMemory,
) -> str:
    """Of a host with a network card."""
    add_card(placement, node)
    return a_server(cell, api, cell1)


def test_ports_are_healed_with_their_server(
    manage: Manage, server: str, wires: Wires, placement: PlacementMemory, node: str,
) -> None:
    port, older = wires.port(server), wires.port(server, 500, groups=False)
    assert manage(*HEAL, "--dry-run")[0] == 0
    assert wires.profile(port) == {"trusted": "true"}
    assert manage(*HEAL, "--verbose")[0] == 0
    held = placement.allocations.get(CONTEXT, server).resources
    assert dict(held[CARD]) == {BANDWIDTH: 1500} and dict(held[node])["VCPU"] == 1
    assert wires.profile(port) == {
        "trusted": "true", "allocation": {f"group-of-{port.id}": CARD}}
    assert wires.profile(older) == {"trusted": "true", "allocation": CARD}
    assert manage(*HEAL)[0] == 4, "what is healed stays as it is"


def test_a_port_that_came_later_is_added(
    manage: Manage, server: str, wires: Wires, placement: PlacementMemory, node: str,
) -> None:
    wires.port(server)
    assert manage(*HEAL, "--skip-port-allocations")[0] == 0
    assert set(placement.allocations.get(CONTEXT, server).resources) == {node}
    assert manage(*HEAL, "--skip-port-allocations")[0] == 4
    assert manage(*HEAL)[0] == 0
    assert set(placement.allocations.get(CONTEXT, server).resources) == {node, CARD}


def test_ports_that_fit_nowhere_or_in_several_places(
    manage: Manage, server: str, wires: Wires, placement: PlacementMemory, node: str,
) -> None:
    wires.port(server, 1000)
    add_card(placement, node, records.new_uuid())
    code, lines = manage(*HEAL)
    assert code == 3 and "several would do" in lines[-1]
    wires.port(server, 99_000)
    code, lines = manage(*HEAL)
    assert code == 3 and "nothing has room" in lines[-1]


def test_a_network_service_that_fails(
    manage: Manage, server: str, wires: Wires, placement: PlacementMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = [wires.port(server), wires.port(server)]
    with wires.failing(monkeypatch, 2):
        assert manage(*HEAL)[0] == 6
    assert [wires.profile(each) for each in ports] == [{"trusted": "true"}] * 2
    assert not placement.allocations.get(CONTEXT, server)
    with wires.failing(monkeypatch, 2, 3):
        code, lines = manage(*HEAL)
    assert code == 7 and any(each.id in lines[-1] for each in ports)

    def silent(*_: object, **__: object) -> None:
        raise NetworkUnavailable(service="network", reason="asleep")

    monkeypatch.setattr(wires.service.ports, "list", silent)
    assert manage(*HEAL)[0] == 5


def test_a_claim_that_fails_is_taken_back_from_ports(
    manage: Manage, server: str, wires: Wires, placement: PlacementMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = wires.port(server)

    def full(*_: object) -> None:
        raise NotEnoughRoom(consumer_id=server, reason="somebody was faster")

    monkeypatch.setattr(placement.allocations, "change", full)
    assert manage(*HEAL)[0] == 3
    assert wires.profile(port) == {"trusted": "true"}
