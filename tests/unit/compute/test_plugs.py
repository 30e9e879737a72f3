"""Waiting for ports to be wired."""

from dataclasses import replace
from typing import Any

import pytest

from nova.clients.network.contract import Interface, Wiring
from nova.compute.plugs import PortPlugs, VifPlugFailed
from nova.context import admin_context
from tests import records
from tests.unit.compute.making import House

SERVER = records.new_uuid()
PORT, OTHER = records.new_uuid(), records.new_uuid()
CONTEXT = admin_context()


class Wait:
    """A build that waits, in a task of its own."""

    def __init__(self, house: House, plugs: PortPlugs) -> None:
        self.over: list[float] = []
        self.error: BaseException | None = None
        self._house, self._plugs = house, plugs
        house.clock.start_task("host", self._run)
        house.clock.run(0)

    def _run(self) -> None:
        try:
            self._plugs.wait(CONTEXT, SERVER)
        except Exception as error:
            self.error = error
        self.over.append(self._house.clock.monotonic())


def made(**options: Any) -> tuple[House, PortPlugs]:
    house = House(**{"vif_plugging_timeout": 300, **options})
    house.plugs.expect(SERVER, [PORT, OTHER])
    return house, house.plugs


def test_all_ports_are_waited_for() -> None:
    house, plugs = made()
    wait = Wait(house, plugs)
    house.clock.run(3)
    plugs.tell(SERVER, PORT)
    house.clock.run(3)
    assert not wait.over
    plugs.tell(SERVER, OTHER)
    house.clock.run(1)
    assert wait.over == [6] and wait.error is None


def test_what_is_told_before_the_waiting_counts() -> None:
    house, plugs = made()
    plugs.tell(SERVER, OTHER)
    plugs.tell(SERVER, PORT)
    assert Wait(house, plugs).over == [0]


def test_ports_of_others_do_not_count() -> None:
    house, plugs = made()
    plugs.tell(records.new_uuid(), PORT)
    plugs.tell(SERVER, records.new_uuid())
    wait = Wait(house, plugs)
    house.clock.run(200)
    assert not wait.over


def test_a_port_that_failed_ends_it() -> None:
    house, plugs = made()
    wait = Wait(house, plugs)
    plugs.tell(SERVER, PORT, failed=True)
    house.clock.run(1)
    assert wait.over == [0]
    assert isinstance(wait.error, VifPlugFailed) and OTHER in str(wait.error)


def test_a_lost_event_is_made_up_for_by_asking() -> None:
    house, plugs = made()
    net = house.network_state.add_network(records.PROJECT, "net", "10.0.0.0/24")
    wiring = Wiring(server_id=SERVER, project_id=records.PROJECT, host="host1", zone="nova",
                    hostname="it")
    (vif,) = house.network.allocate(CONTEXT, wiring, [Interface(network_id=net.id)])
    _wire(house, vif.port_id, "DOWN")
    plugs.expect(SERVER, [vif.port_id])
    wait = Wait(house, plugs)
    house.clock.run(15)
    assert not wait.over, "it was asked, and is not wired yet"
    _wire(house, vif.port_id, "ACTIVE")
    house.clock.run(10)
    assert wait.over == [20] and wait.error is None


def _wire(house: House, port_id: str, status: str) -> None:
    ports = house.network_state.ports
    ports[port_id] = replace(ports[port_id], status=status)


def test_a_network_service_that_is_away_only_costs_time() -> None:
    house, plugs = made()
    house.network_state.gate = _away
    wait = Wait(house, plugs)
    house.clock.run(50)
    for port in (PORT, OTHER):
        plugs.tell(SERVER, port)
    house.clock.run(1)
    assert wait.over == [50] and wait.error is None


def _away(operation: str) -> None:
    from nova.errors import Unavailable

    raise Unavailable(service="network", reason="away")


def test_too_late_is_fatal_unless_said_otherwise() -> None:
    house, plugs = made(vif_plugging_timeout=25)
    wait = Wait(house, plugs)
    house.clock.run(100)
    assert wait.over == [25]
    assert isinstance(wait.error, VifPlugFailed) and "not within 25 seconds" in str(wait.error)

    house, plugs = made(vif_plugging_timeout=25, vif_plugging_is_fatal=False)
    wait = Wait(house, plugs)
    house.clock.run(100)
    assert wait.over == [25] and wait.error is None


def test_a_delete_ends_the_waiting() -> None:
    house, plugs = made()
    wait = Wait(house, plugs)
    plugs.abort(SERVER)
    house.clock.run(0)
    assert wait.over == [0]
    assert isinstance(wait.error, VifPlugFailed) and "being deleted" in str(wait.error)


@pytest.mark.parametrize("late", ["tell", "abort", "forget"])
def test_words_about_what_nobody_waits_for_are_nothing(late: str) -> None:
    house, plugs = made()
    plugs.forget(SERVER)
    assert plugs._waiting == {}
    {"tell": lambda: plugs.tell(SERVER, PORT), "abort": lambda: plugs.abort(SERVER),
     "forget": lambda: plugs.forget(SERVER)}[late]()
    assert plugs._waiting == {}
    assert not house.clock.errors
